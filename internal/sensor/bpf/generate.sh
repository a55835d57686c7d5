#!/bin/sh
# Compiles the programs of the sensor, for each processor: the objects beside this file. Needs
# clang 14 and the headers of libbpf. With a folder as argument they are written there.
set -eu
cd "$(dirname "$0")"
to=${1:-.}
for one in amd64:x86 arm64:arm64; do
	clang-14 -g -O2 -Wall -Werror -target bpfel -D__TARGET_ARCH_"${one#*:}" \
		-fdebug-compilation-dir=. -ffile-prefix-map="$PWD"=. -c sensor.bpf.c -o "$to/sensor_${one%:*}.o"
	llvm-strip-14 --strip-debug "$to/sensor_${one%:*}.o"
done
