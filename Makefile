# SPDX-License-Identifier: Apache-2.0
# A thin front over Meson and ninja. `make scan` is all that a person needs.
#
#   make scan [ROOT=/mnt/x] [ORDERS=bod-17-01]   build, scan, leave debar-report.html and .json here
#   make test                                    build with sanitizers, run every test, count them
#   make build                                   the release binary: build/debar
#   make fuzz MINUTES=2 [TARGET=pe]              look for bytes that crash what reads them
#   make crashtest [SAMPLE=200]                  stop a removal at every system call that changes anything
#   make deb                                     a Debian package, in build/
#   make bench [DEBAR_BENCH=DIR] [ONLY=full]     ratios to what the work costs at least, and to peers
#   make bench-count, make bench-plot            instructions beside the last count; how cost grows
.DEFAULT_GOAL := build
.PHONY: bench bench-count bench-plot build build-bench crashtest fuzz scan test deb install check clean

build: build/build.ninja
	@ninja -C build --quiet >build/ninja.log || { cat build/ninja.log; exit 2; }

build/build.ninja: | deps-build
	@meson setup build --buildtype=release -Db_lto=true -Dtests=false >/dev/null

.PHONY: deps-build deps-test deps-deb deps-bench deps-fuzz
deps-build deps-test deps-deb deps-bench deps-fuzz: deps-%:
	@tools/install-deps packaging/deps-$*.txt

# Finding something is an answer, not a failure of make: 0 absent, 1 found, 3 unknown.
scan: build
	@./build/debar scan $(if $(ROOT),--root '$(ROOT)') $(if $(ORDERS),--orders '$(ORDERS)') \
	    -o text -o html=debar-report.html -o json=debar-report.json; \
	r=$$?; [ $$r -ne 2 ] || exit 2; \
	echo "The reports are debar-report.html and debar-report.json (exit code of the scan: $$r)." >&2

test: deps-build deps-test build
	@tools/run-tests

# The corpus is built when it is missing; bench/run --help names the groups of rows for ONLY.
DEBAR_BENCH ?= /var/tmp/debar-bench
export DEBAR_BENCH

build-bench: deps-build deps-bench
	@[ -e build-bench/build.ninja ] || meson setup build-bench --buildtype=release -Db_lto=true -Dtests=false -Dbench=true >/dev/null
	@ninja -C build-bench --quiet

bench: build-bench
	@bench/make-corpus '$(DEBAR_BENCH)'
	@bench/run --json build-bench/bench.json $(addprefix --only ,$(ONLY))

bench-count: build-bench
	@bench/count --keep

bench-plot: build-bench
	@bench/growth

fuzz: deps-build deps-fuzz
	@tools/fuzz $(or $(MINUTES),2) $(TARGET)

crashtest: deps-build deps-test build
	@tests/crash/crashtest $(if $(SAMPLE),--sample $(SAMPLE))

deb: deps-build deps-deb
	@tools/build-deb

install: build
	@meson install -C build --quiet --no-rebuild

clean:
	@rm -rf build build-bench build-test
