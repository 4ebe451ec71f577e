#!/bin/sh
# Runs one attempt of one trial:  sh shim.sh TRIAL_DIR ATTEMPT
#
# It claims the attempt's folder, runs command.sh in it, passes TERM on and writes exit.json: that
# file, not what the backend saw, is the proof of an end. It forks nothing but the program itself,
# since a grid of short trials pays for every process. Exit 75: the attempt is not ours to run.
# With CVSWEEP_TEE, as in a pod, output goes to its own standard output as well as to log.txt.
#
# Its names start with _: assigning one that the user's environment exports would change it there.

_trial=$1 _attempt=$2
_out=$_trial/attempts/$_attempt

# What the attempt writes, its log and its record included, is as open as cluster.umask says, if it says so.
[ -z "${CVSWEEP_UMASK:-}" ] || umask "$CVSWEEP_UMASK"

# Who we are: a pod's UID where there is one, else this process: host, boot, pid and start time.
_host=${CVSWEEP_HOST:-}
[ -n "$_host" ] || read -r _host < /proc/sys/kernel/hostname
_uid=${CVSWEEP_UID:-}
if [ -z "$_uid" ]; then
  read -r _boot < /proc/sys/kernel/random/boot_id
  read -r _stat < /proc/$$/stat
  # shellcheck disable=SC2086 # split on purpose: the fields after "pid (name) ", the 22nd is the start time
  set -- ${_stat##*\) }
  _uid=$_host:$_boot:$$:${20}
  _host=${_host%%/*} # what follows is the PID namespace
fi

# Only one ever gets past this: with noclobber the shell opens the file with O_EXCL. Reading the
# claim back tells ours from another's, and from one that a full disk cut short.
set -C
{ printf '%s\n' "$_uid" > "$_out/owner"; } 2> /dev/null
set +C
_owner=
{ read -r _owner < "$_out/owner"; } 2> /dev/null
[ "$_owner" = "$_uid" ] || exit 75

# TERM is passed on. One that comes while the program's process is still a copy of this shell is
# lost in it, so the copy looks by itself: file 9 is open in this shell once a TERM has come.
_terminated=false _program=
_pass_on() { [ -z "$_program" ] || kill -TERM "$_program" 2> /dev/null; }
trap '_terminated=true; exec 9< /dev/null; _pass_on' TERM
trap '' HUP INT

# A pod is ended through `su`, which gives its child two seconds: a hook of the pod reads this
# process here, tells it earlier and waits for it. Without the file only that time is lost.
if [ -n "${CVSWEEP_TEE:-}" ]; then
  { printf '%s\n' "$$" > "${CVSWEEP_PID_FILE:-/tmp/cvsweep.pid}"; } 2> /dev/null
fi

# A link in the place of the log would have us write to the file that it leads to.
if [ -L "$_out/log.txt" ] && [ ! -c "$_out/log.txt" ]; then rm -f "$_out/log.txt"; fi

# Output reaches tee through a FIFO, which is opened for both first, so that no open waits for the
# other side. Nobody but tee reads it, and tee is the one who must not go before the rest: no signal
# ends it, and where a disk is full or nobody reads our output it goes on with what is left. Where
# no FIFO can be had the log alone is better than no trial.
exec < /dev/null
_tee=
_fifo=$_out/.log.fifo
if [ -n "${CVSWEEP_TEE:-}" ] && command -v tee > /dev/null &&
  { (trap '' TERM && exec mkfifo "$_fifo") 2> /dev/null || [ -p "$_fifo" ]; }; then
  exec 3<> "$_fifo" 4< "$_fifo" 5> "$_fifo" 3>&-
  (trap '' TERM PIPE && exec tee -a "$_out/log.txt" <&4 5>&-) & # its file 4 stays until it ends
  _tee=$!
  (trap '' TERM && exec rm -f "$_fifo")
  while [ -e "/proc/$_tee/fd/5" ]; do :; done # until then a TERM to the whole group would end it
  exec >&5 2>&5 4<&- 5>&-
else
  exec >> "$_out/log.txt" 2>&1
fi

# The kernel counts its kills for want of memory by cgroup. Of a worker's end the program's exit code
# says nothing; the rise does. A controller on this machine has found the file and read it; in a pod it
# is to be found here.
_events=${CVSWEEP_OOM_EVENTS-}
_try() { [ -n "$_events" ] || [ ! -r "$1" ] || _events=$1; }
if [ -z "${CVSWEEP_OOM_EVENTS+given}" ]; then
  while IFS=: read -r _number _name _group; do
    case ",$_name," in
      ,,)
        _try "/sys/fs/cgroup${_group%/}/memory.events"
        _try /sys/fs/cgroup/memory.events
        ;;
      *,memory,*)
        _try "/sys/fs/cgroup/memory${_group%/}/memory.oom_control"
        _try /sys/fs/cgroup/memory/memory.oom_control
        ;;
    esac
  done < /proc/$$/cgroup
fi
_count_kills() {
  _kills=
  [ -n "$_events" ] || return 0
  while read -r _name _number; do
    [ "$_name" != oom_kill ] || _kills=$_number
  done < "$_events"
} 2> /dev/null
_kills_before=${CVSWEEP_OOM_KILLS-}
if [ -z "$_kills_before" ]; then
  _count_kills
  _kills_before=$_kills
fi

# What is meant for us alone would mislead a shim that the program starts.
unset CVSWEEP_TEE CVSWEEP_UID CVSWEEP_HOST CVSWEEP_PID_FILE CVSWEEP_OOM_EVENTS CVSWEEP_OOM_KILLS CVSWEEP_UMASK
export CVSWEEP_TRIAL_DIR="$_trial" CVSWEEP_ATTEMPT="$_attempt" CVSWEEP_OUT="$_out"
# By this every process of the attempt is known, wherever it goes: nobody else may set it.
export CVSWEEP_CLAIM="$_uid"
export CVSWEEP_CHECKPOINT_DIR="$_trial/checkpoints" CVSWEEP_PARAMS="$_trial/params.json"

# Python would keep back what it prints into a file, and a kill would lose it. Set but empty means: no.
export PYTHONUNBUFFERED="${PYTHONUNBUFFERED-1}"

read -r _start _ < /proc/uptime
(
  trap - HUP INT
  [ ! -e /proc/$$/fd/9 ] || exit 143
  . "$_trial/command.sh"
) &
_program=$!
[ "$_terminated" = false ] || _pass_on
[ -z "$_tee" ] || exec > /dev/null 2>&1 # tee ends once nobody can write to it any more

# A trapped signal ends `wait` early with a status above 128, so wait while there is a program. It may
# have ended (and bash have collected it) right after that: then ask again with signals off, twice,
# since bash may owe us one more early end. 127 and -1 mean that nothing is known, and what is less is sure.
# Bash loses the status of a program that ends just as a TERM comes in: then 143 and the TERM are on record.
_code=127
_wait() {
  wait "$_program" 2> /dev/null
  _status=$?
  [ "$_code" -lt 127 ] || [ "$_status" -lt 0 ] || [ "$_status" -eq 127 ] || _code=$_status
}
while kill -0 "$_program" 2> /dev/null; do _wait; done
trap '' TERM
_wait
_wait
[ "$_code" -lt 256 ] || _code=$((_code - 128)) # how ksh tells of a signal
read -r _end _ < /proc/uptime

# All that the program wrote belongs to the log before the proof of its end. tee mostly ends at once;
# else it is busy, or a child that the program left behind keeps the FIFO open, and that is no reason
# to wait for long. File 4 tells: its input, file 0, may not be there yet where tee starts late.
_drain() {
  _looks=0
  while [ -e "/proc/$_tee/fd/4" ]; do
    _looks=$((_looks + 1))
    [ "$_looks" -gt 1000 ] || continue
    read -r _now _ < /proc/uptime
    [ $((${_now%.*} - ${_end%.*})) -lt 2 ] || return
    sleep 0.1 || sleep 1
  done
  wait "$_tee"
}
[ -z "$_tee" ] || _drain

_rise=
_kills=
[ "$_code" -eq 0 ] || _count_kills # of a program that ended well nobody asks
[ -z "$_kills_before" ] || [ -z "$_kills" ] || _rise=",\"oom_kills\":$((_kills - _kills_before))"

# The program may have emptied its folder or taken it away: then the folder is made again, and of a log
# that only this process still has open a copy is left. What was put in place of the folder or the
# record (a link, a folder, a FIFO) is neither followed nor removed: whoever started us sees that.
[ -e "$_out" ] || [ -L "$_out" ] || mkdir -p "$_out"
[ -d "$_out" ] && [ ! -L "$_out" ] || exit "$_code"
[ -n "$_tee" ] || [ -e "$_out/log.txt" ] || [ -L "$_out/log.txt" ] ||
  cat < "/proc/$$/fd/1" > "$_out/log.txt" 2> /dev/null
_record=$_out/exit.json
[ ! -L "$_record" ] || exit "$_code"
[ ! -e "$_record" ] || [ -f "$_record" ] || exit "$_code"
printf '{"uid":"%s","code":%d,"terminated":%s,"start":%s,"end":%s,"host":"%s"%s}\n' \
  "$_uid" "$_code" "$_terminated" "$_start" "$_end" "$_host" "$_rise" > "$_record"
exit "$_code"
