import type { Argv } from './runner.ts'
import { shellWords } from './shell-words.ts'

/**
 * The text that a remote login shell is given, so that it runs a command as root and tells us what ssh cannot: when
 * the command began, as which process, and how it ended. All of it is constant but for the quoted words.
 *
 * Lines that begin with `#podpath NONCE` are ours; the nonce keeps a command from speaking for us. What comes before
 * the first of them is not the command's: banners, a talkative ~/.bashrc, ssh's and sudo's complaints.
 */

/** Octets with which our own lines begin; NONCE is new for every command. */
export const markOf = (nonce: string): string => `#podpath ${nonce} `

/** Non-interactive sessions and sudo know the system's directories under different names. */
const path = 'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH'

/**
 * `sh -c COMMAND podpath NONCE WORD…`. It is there as long as the command is: a signal that ends the command's group
 * it waits out. The group is signalled where it is the session's own, made by sshd or by sudo, else this process alone.
 */
const command = `nonce=$1; shift
${path}
who() {
read -r stat </proc/$$/stat; set -- $stat
case $5 in "$$" | "$PPID") target=-$5;; *) target=$$;; esac
printf '#podpath %s began %s %s %s\\n' "$nonce" "$$" "$target" "\${22}"
}
who >&2 && printf '#podpath %s output\\n' "$nonce" || exit 1
if command -v "$1" >/dev/null 2>&1; then :; else printf '#podpath %s missing\\n' "$nonce" >&2; exit 127; fi
trap : TERM
(exec "$@")
status=$?
printf '#podpath %s ended %s\\n' "$nonce" "$status" >&2
exit "$status"
`

/**
 * `sh -c LIFELINE podpath NONCE` keeps one connection open and ends what runs over it: \`run PID TARGET BORN\` is
 * a command that must not outlive us, \`stop PID TARGET BORN\` ends one now, and the end of the input ends all. TARGET
 * is signalled only while process PID has the start time BORN (field 22 of /proc/PID/stat, proc(5)): ours, whatever
 * became of its number.
 */
const lifeline = `nonce=$1 all=
${path}
same() { read -r stat 2>/dev/null <"/proc/$1/stat" || return 1; set -- "$2" $stat; [ "\${23}" = "$1" ]; }
finish() {
same "$1" "$3" && kill -s TERM -- "$2" || return
{ for second in 1 2 3; do sleep 1; same "$1" "$3" || exit 0; done; kill -s KILL -- "$2"; } >/dev/null 2>&1 </dev/null &
}
printf '#podpath %s output\\n' "$nonce"
while read -r word pid target born; do
case $word in
run) all="$all $pid,$target,$born";;
stop) finish "$pid" "$target" "$born" 2>/dev/null;;
esac
done
for one in $all; do rest=\${one#*,}; finish "\${one%%,*}" "\${rest%,*}" "\${rest#*,}" 2>/dev/null; done
`

/** As root: by sudo where the log-in is not root's own, without ever asking for a password. */
const asRoot = (argv: Argv): string =>
  `set -- ${shellWords(argv)}; [ "$(id -u)" = 0 ] || set -- sudo -n -- "$@"; exec "$@"`

/** Runs argv, word by word as it stands. */
export const remoteCommand = (nonce: string, argv: Argv): string =>
  asRoot(['sh', '-c', command, 'podpath', nonce, ...argv])

/** Keeps the connection, and ends with it what still runs. */
export const remoteLifeline = (nonce: string): string => asRoot(['sh', '-c', lifeline, 'podpath', nonce])
