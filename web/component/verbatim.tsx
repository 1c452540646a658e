/** A word that a browser would break after one of its hyphens: `-j`, `--comment`, `KUBE-SERVICES`. */
const breakable = /-./

/** A line as the kernel or AWS has it: it wraps between its words, and inside one only where nothing else fits. */
export function Verbatim({ text }: { readonly text: string }) {
  return text.split(/(\s+)/).map((word, i) =>
    breakable.test(word) ? (
      <span key={i} className="word">
        {word}
      </span>
    ) : (
      word
    ),
  )
}
