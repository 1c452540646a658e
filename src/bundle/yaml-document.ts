/** A file of its own, loaded by those who look for a line: the library is large. */
export { isNode, parseDocument } from 'yaml'
