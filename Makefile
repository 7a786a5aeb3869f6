# Regraft. Every target first makes sure that what it needs is installed; that takes a blink when it is.
#   make demo    set up, build, serve, upload sample photos, train, classify   (IMAGES=folder uses your own)
#   make test    set up, build, run the tests
#   make test-crash  kill the server at random moments, and look whether anything it acknowledged is gone
#   make test-disk   fill the disk under the server to the last byte, and look whether it can be lived with
#   make test-operations  memory with a thousand models, promotions under load, what training takes from serving, how soon
#                    a job is cancelled, what is on the disk before a client is told so
#   make test-dashboard  do the whole job in the dashboard with headless Chromium, and take pictures of it
#   make test-formats  have ONNX Runtime, TensorFlow, OpenVINO and TensorBoard read what is exported and logged (2 GB with pip)
#   make test-docker  build the image and try it, with Docker or, as root, without (needs 15 GB for a while)
#   make bench-accuracy  heads beside scikit-learn's, calibration, unknown photos, wrong labels; needs PETS=folder
#   make fuzz-http   feed the HTTP parsers made-up input for FUZZ_SECONDS (600)
.DEFAULT_GOAL := build
SHELL := /bin/bash
SWIFT ?= swift
# Demo and tests share one optimised build: the pixel loops are tens of times slower without optimisation.
BUILD := $(SWIFT) build -c release
REGRAFT := .build/release/regraft

.PHONY: setup build test test-crash test-disk test-operations test-dashboard test-docker test-formats \
	test-http-peers bench-accuracy fuzz-http demo format lint clean

setup:
	@scripts/setup.sh --quiet

build: setup
	$(BUILD) --product regraft

# The command's tests wait for processes on Swift's own threads, of which there are as many as cores; in one process with the
# others, these would wait for them until their sockets give up.
test: setup
	$(SWIFT) test -c release --disable-xctest --skip '^CommandTests\.'
	$(SWIFT) test -c release --disable-xctest --skip-build --filter '^CommandTests\.'

# The HTTP server with curl, nginx, wrk and other programs. Takes minutes and a quiet machine, so it is not part of test.
test-http-peers: setup
	$(BUILD) --product HTTPUnderTest
	@scripts/http_peers.sh

# Kills the server at CRASH_KILLS (200) random moments, and looks whether anything acknowledged is gone. About ten minutes.
test-crash: build
	@scripts/fetch_samples.sh --quiet
	@scripts/crash_test.py --kills $${CRASH_KILLS:-200}

# As root, or where users may have name spaces of their own.
test-disk: build
	@scripts/fetch_samples.sh --quiet
	@scripts/disk_full_check.py

# About half an hour, on a machine that does nothing else. The order of writes is left out where there is no strace.
test-operations: build
	@scripts/fetch_samples.sh --quiet
	@scripts/operations_check.py

# Needs Debian's chromium and chromium-driver, which nothing else here does. A minute or two.
test-dashboard: build
	@scripts/fetch_samples.sh --quiet
	@scripts/dashboard_check.py

# Some minutes, and with REGRAFT_TEST_DATA on its pets instead of the sample photos.
test-formats: build
	@scripts/formats_check.py

test-docker:
	@scripts/docker_check.sh

# What docs/accuracy.md says, measured anew: about ten minutes on a machine that does nothing else. PETS is a folder with a
# subfolder a breed, by default pets below REGRAFT_TEST_DATA. BENCH has further arguments of Benchmarks/accuracy.py.
bench-accuracy: build
	@scripts/fetch_samples.sh --quiet
	@Benchmarks/accuracy.sh --regraft $(REGRAFT) --samples "$${REGRAFT_DEPS:-.deps}/samples" $(if $(PETS),--pets "$(PETS)") $(BENCH)

demo: build
	@scripts/demo.sh

fuzz-http:
	@scripts/fuzz-http.sh

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

clean:
	rm -rf .build
