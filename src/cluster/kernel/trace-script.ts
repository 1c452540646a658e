import type { Argv } from '../../exec/runner.ts'

/**
 * Listens to a kernel's tracepoint skb:kfree_skb in a trace instance of our own (Documentation/trace/ftrace.rst, "Instances"), and
 * removes it whatever happens. Each line of standard input is written into `trace_marker`, so that it stands among the events; the end
 * of the input ends all, and so does a signal. What was killed with SIGKILL leaves its instance behind: the next run finds by the
 * start time in the name (field 22 of /proc/PID/stat, proc(5)) that nobody has it any more. Its reader may still wait there, with
 * nobody to write to: an event wakes and ends it.
 */
const trace = `
at=
for one in /sys/kernel/tracing /sys/kernel/debug/tracing; do
[ -d "$one/instances" ] && at=$one && break
done
if [ -z "$at" ]; then
at=/sys/kernel/tracing
[ -d "$at" ] || { echo '#podpath refused no-tracefs'; exit 3; }
why=$(mount -t tracefs podpath "$at" 2>&1) || { printf '#podpath refused mount %s\\n' "$why"; exit 3; }
fi
[ -d "$at/events/skb/kfree_skb" ] || { echo '#podpath refused no-event'; exit 3; }
remove() {
echo 0 2>/dev/null >"$1/events/skb/kfree_skb/enable"
for try in 1 2 3 4 5 6 7 8 9 10; do
rmdir "$1" 2>/dev/null && { echo "#podpath removed \${1##*/}"; return; }
echo podpath 2>/dev/null >"$1/trace_marker"
sleep 0.1
done
}
born() { read -r stat 2>/dev/null <"/proc/$1/stat" || return 1; set -- \${stat##*) }; echo "\${20}"; }
for old in "$at"/instances/podpath-*; do
[ -d "$old" ] || continue
name=\${old##*/podpath-}
[ "$(born "\${name%-*}")" = "\${name#*-}" ] || remove "$old"
done
[ "$1" = clear ] && exit 0
own=$at/instances/podpath-$$-$(born $$)
why=$(mkdir "$own" 2>&1) || { printf '#podpath refused instance %s\\n' "$why"; exit 3; }
reader=
finish() { trap - EXIT HUP INT TERM PIPE; [ -z "$reader" ] || kill "$reader" 2>/dev/null; wait; remove "$own"; exit 0; }
trap finish EXIT HUP INT TERM PIPE
echo 512 >"$own/buffer_size_kb"
event=$own/events/skb/kfree_skb
grep -q 'location=%pS' "$event/format" || echo 1 >"$own/options/stacktrace"
echo 'protocol == 2048 || protocol == 2054 || protocol == 34525' >"$event/filter"
echo 1 >"$event/enable" || { echo '#podpath refused enable'; exit 3; }
cat "$own/trace_pipe" & reader=$!
echo '#podpath listening'
while read -r line; do printf '%s\\n' "$line" >"$own/trace_marker"; done
`

/** In a mount namespace of its own, where it may mount what is not there. */
export const traceArgv: Argv = ['unshare', '--mount', 'sh', '-c', trace, 'podpath', 'listen']

/** Only removes what runs that were killed have left. */
export const clearTraceArgv: Argv = ['unshare', '--mount', 'sh', '-c', trace, 'podpath', 'clear']
