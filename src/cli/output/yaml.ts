/** Objects as the documents of one YAML stream, as `kubectl apply -f -` takes them. */
export async function yamlDocuments(objects: readonly unknown[]): Promise<string> {
  const texts = await Promise.all(objects.map(yamlText))
  return texts.map((text) => `---\n${text}`).join('')
}

/** One object as YAML. The library is loaded here. */
export async function yamlText(object: unknown): Promise<string> {
  const { stringify } = await import('./yaml-writer.ts')
  return stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })
}
