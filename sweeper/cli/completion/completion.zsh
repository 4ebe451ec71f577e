#compdef cvsweep
# Completes cvsweep in zsh; load it with: eval "$(cvsweep completion zsh)"
_cvsweep() {
    local program=${(Q)words[1]} line text about paths
    local -a lines open closed open_shown closed_shown
    program=${program/#\~\//$HOME/}
    whence -p -- "$program" > /dev/null || return 0
    lines=("${(@f)$("$program" __complete zsh "${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2> /dev/null < /dev/null)}")
    paths=${lines[1]}
    for line in "${(@)lines[2,-1]}"; do
        text=${${line%%$'\t'*}[2,-1]} about=${line#*$'\t'}
        [[ -n $about ]] && about="$text  -- $about" || about=$text
        if [[ $line == +* ]]; then
            open+=("$text") open_shown+=("$about")
        else
            closed+=("$text") closed_shown+=("$about")
        fi
    done
    (( $#closed )) && compadd -V cvsweep -l -d closed_shown -a closed
    (( $#open )) && compadd -V cvsweep -l -S '' -d open_shown -a open
    [[ -n $paths ]] && compset -P '*='
    case $paths in
        dirs) _files -/ ;;
        files) _files ;;
        commands) _command_names -e ;;
    esac
    return 0
}
if [[ ${funcstack[1]-} == _cvsweep ]]; then
    _cvsweep "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _cvsweep cvsweep
fi
