/** A file of its own, loaded by those who write YAML: the library is large. */
export { stringify } from 'yaml'
