# Completes cvsweep in bash; load it with: eval "$(cvsweep completion bash)"
_cvsweep_completion() {
    COMPREPLY=()
    local program reply first=1 paths='' word=${2-}
    program=$(type -P -- "${1/#\~\//$HOME/}") || return 0
    while IFS= read -r reply; do
        if ((first)); then
            first=0 paths=$reply
        else
            COMPREPLY+=("$reply")
        fi
    done < <(
        exec 2> /dev/null < /dev/null
        if [[ -n ${COMP_LINE-} ]]; then
            exec "$program" __complete bash "$COMP_WORDBREAKS" "${COMP_LINE:0:COMP_POINT}"
        else
            exec "$program" __complete bash "$COMP_WORDBREAKS" --pieces "${COMP_WORDS[@]:0:COMP_CWORD+1}"
        fi
    )
    case $paths in
        nospace) compopt -o nospace 2> /dev/null ;;
        dirs | files | commands)
            compopt -o filenames 2> /dev/null
            while IFS= read -r reply; do
                COMPREPLY+=("$reply")
            done < <(
                case $paths in
                    dirs) compgen -d -- "$word" ;;
                    files) compgen -f -- "$word" ;;
                    commands) compgen -c -- "$word" ;;
                esac
            )
            ;;
    esac
    return 0
}
complete -o nosort -F _cvsweep_completion cvsweep 2> /dev/null || complete -F _cvsweep_completion cvsweep
