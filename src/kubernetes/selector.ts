import type { Labels, LabelSelector } from '../model/fabric/kubernetes.ts'

/** Does the selector select these labels? https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ */
export const selects = (selector: LabelSelector, labels: Labels): boolean =>
  Object.entries(selector.matchLabels).every(([key, value]) => has(labels, key) && labels[key] === value) &&
  selector.matchExpressions.every(({ key, operator, values }) => {
    const value = has(labels, key) ? labels[key] : undefined
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value)
      case 'NotIn':
        // A missing label is not in the set either.
        return value === undefined || !values.includes(value)
      case 'Exists':
        return value !== undefined
      case 'DoesNotExist':
        return value === undefined
    }
  })

const has = (labels: Labels, key: string): boolean => Object.hasOwn(labels, key)

export const isEmptySelector = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels).length === 0 && selector.matchExpressions.length === 0

/** As kubectl describes it: `app=web,tier in (a,b),!canary`; empty is `<none>`, which selects all. */
export function selectorText(selector: LabelSelector): string {
  const parts = [
    ...Object.entries(selector.matchLabels).map(([key, value]) => `${key}=${value}`),
    ...selector.matchExpressions.map(({ key, operator, values }) => {
      switch (operator) {
        case 'In':
          return `${key} in (${values.join(',')})`
        case 'NotIn':
          return `${key} notin (${values.join(',')})`
        case 'Exists':
          return key
        case 'DoesNotExist':
          return `!${key}`
      }
    }),
  ]
  return parts.length === 0 ? '<none>' : parts.join(',')
}
