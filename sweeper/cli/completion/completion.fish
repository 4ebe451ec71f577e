# Completes cvsweep in fish; load it with: cvsweep completion fish | source
function __cvsweep_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    type -q -- $program; or return 0
    set -l answer ($program __complete fish $words[2..-1] "$current" 2>/dev/null </dev/null)
    set -l begun (string match -r '^-.*?=' -- $current)
    set -l rest (string sub -s (math (string length -- "$begun") + 1) -- "$current")
    switch "$answer[1]"
        case dirs
            for path in (__fish_complete_directories $rest)
                printf '%s%s\n' "$begun" $path
            end
        case files
            for path in (__fish_complete_path $rest)
                printf '%s%s\n' "$begun" $path
            end
        case commands
            __fish_complete_command
    end
    test (count $answer) -gt 1; and printf '%s\n' $answer[2..-1]
    return 0
end
complete -c cvsweep -e
complete -c cvsweep -f -k -a '(__cvsweep_complete)'
