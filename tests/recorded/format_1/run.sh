# The program of the recorded sweep: it writes one metric. With a file `stop` here it kills its controller.
if [ -e stop ] && [ "$1-$2-$3" = "vit---lr=0.1---seed=1" ]; then
  read -r _ _ _ parent _ < "/proc/$PPID/stat"
  kill -9 "$parent"
fi
echo "{\"acc\": 0.${3#--seed=}}" > "$CVSWEEP_OUT/metrics.json"
