/** A file of its own, loaded by those who read YAML: kubeconfigs in JSON are common, and the parser is large. */
export { parse as parseYaml } from 'yaml'
