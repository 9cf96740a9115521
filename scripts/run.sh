#!/bin/sh
# Starts Parley. Exit code 3 means that this machine has no screen or no sound: then the demonstration runs instead.
parley=$1
demo=$2
"$parley"
code=$?
if [ $code -eq 3 ]; then
    echo
    echo "Parley cannot open here (the line above says why); this is the demonstration instead."
    exec "$parley" demo --out "$demo"
fi
exit $code
