import type { ReactNode } from 'react'

/** Something that the reader must know. An error interrupts a screen reader; the others wait. */
export const Notice = (props: {
  readonly kind: 'error' | 'warning' | 'info'
  readonly title: string
  readonly children?: ReactNode
}) => (
  <div className={`notice ${props.kind}`} role={props.kind === 'error' ? 'alert' : 'status'}>
    <strong>{props.title}</strong>
    {props.children === undefined ? null : <div className="notice-text">{props.children}</div>}
  </div>
)
