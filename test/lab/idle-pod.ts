/** A pod of one container that does nothing, as Kubernetes' API takes it; what is given comes on top. */
export const podOf = (name: string, spec: object, container: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'c', image: 'busybox', command: ['sleep', 'infinity'], ...container }],
    ...spec,
  },
})
