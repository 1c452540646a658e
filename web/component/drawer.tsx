import { useEffect, useRef, type ReactNode } from 'react'

/** A panel over the page, at its side: modal, closed by Escape or beside it; the focus goes back to where it was. */
export function Drawer(props: {
  readonly title: string
  readonly closeLabel: string
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const { onClose } = props
  useEffect(() => {
    const element = dialog.current
    const before = document.activeElement
    element?.showModal()
    return () => {
      element?.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      className="drawer"
      aria-label={props.title}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose()
      }}
    >
      <div className="drawer-inside">
        <header className="drawer-head">
          <h2>{props.title}</h2>
          <button type="button" aria-label={props.closeLabel} title={props.closeLabel} onClick={onClose}>
            ✕
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  )
}
