import type { Container } from '../../objects/pod.ts'

/** What a container's security context adds to the capabilities of an ordinary one. */
export const capabilitiesOf = ({
  securityContext,
}: Container): { add: readonly string[]; privileged: boolean } => ({
  add: securityContext?.capabilities?.add ?? [],
  privileged: securityContext?.privileged === true,
})
