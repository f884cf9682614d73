# Plain `make` lists the verbs. All of them install or name what is missing.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test test-clients test-api test-page check bench bench-burst bench-dialects bench-encoders bench-peers bench-serving bench-storage bench-targets sheet fuzz soak yanked docs docker native fronts stores clients pages cargo

# The one list of native packages, by their names in Debian, and the commands that tell whether they are there.
NATIVE_PACKAGES := build-essential cmake nasm perl pkg-config
NATIVE_COMMANDS := cc c++ make cmake nasm perl pkg-config
# The servers that tests put in front, which find them here too. What needs one that is missing is skipped, and says so.
FRONTS := nginx varnish varnish-modules
FRONT_COMMANDS := nginx varnishd
# What has no command: the module xkey of Varnish, in the folder of whatever architecture.
FRONT_FILES := /usr/lib/*/varnish/vmods/libvmod_xkey.so
FRONT_PATH := $(PATH):/usr/sbin:/usr/local/sbin

# The object stores that tests ask: moto's S3 from PyPI, and Azurite from npm. Both end up in the target folder.
MOTO := moto[server]==5.2.5
AZURITE := azurite@3.37.0
STORES = $${CARGO_TARGET_DIR:-target}/stores
# The front-end libraries whose URLs are tried; what they are, tests/clients says. Of Astro what makes URLs is enough, which needs
# none of the packages that it depends on.
CLIENTS = $${CARGO_TARGET_DIR:-target}/clients
ASTRO := astro@7.3.5 @astrojs/internal-helpers@0.11.0

# What pages are made with by others: the hashes of npm, which end up in the target folder too, and a browser.
HASHES := blurhash@2.0.5 thumbhash@0.1.1
BROWSER := chromium
PAGES = $${CARGO_TARGET_DIR:-target}/pages

PORT ?= 8000
# Seconds for each fuzz target.
TIME ?= 60
# Seconds of mixed traffic.
SOAK_TIME ?= 900

help:
	@echo "make run            serves data/images on port $(PORT) (make run PORT=8001 for another)"; \
	sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

run: native cargo
	@if (exec 3<>/dev/tcp/127.0.0.1/$(PORT)) 2>/dev/null; then \
	  echo "port $(PORT) is in use: stop what listens there, or choose another with: make run PORT=8001" >&2; exit 1; \
	fi
	cargo build --release
	@echo "Try:"; \
	echo "  http://localhost:$(PORT)/nature/dandelion.jpg"; \
	echo "  http://localhost:$(PORT)/nature/dandelion.jpg?size=400&format=avif"; \
	echo "  http://localhost:$(PORT)/icons/camera.png?size=200&dpr=2&format=webp"; \
	echo "and all parameters on all pictures, in the playground:"; \
	echo "  http://localhost:$(PORT)/_/"
	@IMAGE_PROXY_BIND_ADDRESS=0.0.0.0:$(PORT) IMAGE_PROXY_ROOT_PATH=data/images \
	IMAGE_PROXY_PLAYGROUND=true IMAGE_PROXY_EXPLAIN=true \
	IMAGE_PROXY_ENABLE_CACHE=true IMAGE_PROXY_ENABLE_DISK_CACHE=true IMAGE_PROXY_CACHE_DISK_PATH=./cache \
	exec cargo run --release --quiet

# All members with both encoders of AVIF. Everything below has these features and the dev profile, so that each dependency
# is compiled once for tests, and once for lints and documents.
ALL := --workspace --features ravif,heic
RAVIF_ALONE := --package image-proxy --package image-proxy-codec --no-default-features --features ravif

# There are no examples: naming them is what gives dependencies of documents the features that they have in tests.
test: native fronts stores pages cargo ## runs everything that CI runs
	cargo fmt --all --check
	cargo clippy $(ALL) --all-targets -- -D warnings
	cargo clippy $(RAVIF_ALONE) --all-targets -- -D warnings
	cargo test $(ALL)
	RUSTDOCFLAGS="-D warnings" cargo doc $(ALL) --no-deps --lib --examples
	@$(MAKE) --no-print-directory yanked

test-clients: native clients cargo ## asks a server for what front-end libraries, docs/guide and README.md make
	cargo test $(ALL) --test documents --no-run --quiet
	@cd "$(CLIENTS)" && node urls.mjs > node.lines && venv/bin/python urls.py > python.lines
	@program="$${CARGO_TARGET_DIR:-target}/debug/image-proxy"; \
	"$(CLIENTS)/check.py" "$$program" data/images "$(CLIENTS)/node.lines" "$(CLIENTS)/python.lines"; \
	"$(CLIENTS)/guide.py" "$$program" data/images docs/guide "$(CLIENTS)"; \
	"$(CLIENTS)/first_screen.py" "$$program" data/images README.md Makefile

# Schemathesis makes requests of the description of the interface: none may be answered by a server error, or by anything that
# the description does not name.
SCHEMATHESIS := schemathesis==4.32.5
API := $${CARGO_TARGET_DIR:-target}/api

test-api: native cargo ## asks the server for all that its description names, well and badly
	cargo test $(ALL) --test documents --no-run --quiet
	@mkdir -p "$(API)"; \
	if [ "$$(cat "$(API)/version" 2>/dev/null)" != "$(SCHEMATHESIS)" ]; then \
	  rm -rf "$(API)"; python3 -m venv "$(API)"; \
	  "$(API)/bin/pip" install --quiet --disable-pip-version-check "$(SCHEMATHESIS)"; echo "$(SCHEMATHESIS)" > "$(API)/version"; \
	fi
	tests/api/check.py "$${CARGO_TARGET_DIR:-target}/debug/image-proxy" "$(API)/bin/schemathesis"

# What opens the page of the playground in Chromium, and what looks at it. Where there is no Chromium, that is said.
PAGE := puppeteer-core@24.43.1 axe-core@4.14.1
PAGE_TOOLS := $${CARGO_TARGET_DIR:-target}/page

test-page: native cargo ## uses the playground in Chromium, and has axe look at it
	@chromium="$$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)"; \
	if [ -z "$$chromium" ]; then echo "no Chromium here (in Debian: apt-get install chromium): the playground is not looked at" >&2; exit 0; fi; \
	cargo test $(ALL) --test documents --no-run --quiet; \
	mkdir -p "$(PAGE_TOOLS)"; \
	if [ "$$(cat "$(PAGE_TOOLS)/version" 2>/dev/null)" != "$(PAGE)" ]; then \
	  npm install --prefix "$(PAGE_TOOLS)" --silent --no-audit --no-fund $(PAGE); echo "$(PAGE)" > "$(PAGE_TOOLS)/version"; \
	fi; \
	node tests/page/check.mjs "$${CARGO_TARGET_DIR:-target}/debug/image-proxy" "$(PAGE_TOOLS)/node_modules" "$$chromium"

check: native cargo ## formats, then lints all code, that of benches and fuzz targets too
	cargo fmt --all
	cargo clippy $(ALL) --all-targets -- -D warnings

# Cargo asks the registry where it packages, and then only warns. With CARGO_NET_OFFLINE=true it does not ask.
yanked: cargo ## fails where a dependency was taken back by those who published it
	@said="$$(cargo package --workspace --exclude image-proxy-fuzz --no-verify --allow-dirty --locked 2>&1)" \
	|| { echo "$$said" >&2; exit 1; }; \
	if grep "is yanked" <<< "$$said" >&2; then exit 1; fi; \
	echo "no dependency was yanked"

bench: native cargo ## runs the benchmarks
	cargo bench --bench renditions

bench-encoders: native cargo ## measures what each setting of each encoder costs and gives, and draws docs/img
	cargo bench --bench encoders

bench-peers: native cargo ## compares the cost of renditions with sharp from npm
	cargo build --release
	cargo bench --bench score --no-run
	benches/peers.py "$${CARGO_TARGET_DIR:-target}/release/image-proxy" --score "cargo bench --quiet --bench score --"

bench-serving: native cargo ## compares the cost of serving with nginx and Varnish, where they are installed
	@command -v wrk >/dev/null || { echo "wrk is missing (in Debian: apt-get install wrk)" >&2; exit 1; }
	cargo build --release
	benches/serving.py "$${CARGO_TARGET_DIR:-target}/release/image-proxy"

bench-targets: native cargo ## measures what q=auto comes to: scores, bytes and CPU
	cargo build --release
	cargo bench --bench score --no-run
	benches/targets.py "$${CARGO_TARGET_DIR:-target}/release/image-proxy" --score "cargo bench --quiet --bench score --"

bench-burst: native cargo ## compares the CPU of many renditions at once with that of each alone
	cargo build --release
	benches/burst.py "$${CARGO_TARGET_DIR:-target}/release/image-proxy" data/images/nature/dandelion.jpg

bench-storage: native cargo ## compares the CPU of an untouched object of a bucket with that of fetching it
	cargo build --release
	cargo bench --bench fetch --no-run
	benches/storage.py "$${CARGO_TARGET_DIR:-target}/release/image-proxy" --fetch "cargo bench --quiet --bench fetch --"

bench-dialects: native cargo ## compares the CPU of words of other systems with native ones, and measures posts
	cargo build --release
	benches/dialects.py "$${CARGO_TARGET_DIR:-target}/release/image-proxy" data/images/nature/dandelion.jpg

sheet: native cargo ## draws what parameters and settings do: docs/img
	cargo build --release
	benches/sheet.py "$${CARGO_TARGET_DIR:-target}/release/image-proxy" docs/img

fuzz: native cargo ## fuzzes every target for TIME seconds (make fuzz TIME=600)
	@command -v cargo-fuzz >/dev/null || { echo "cargo-fuzz is missing: cargo install cargo-fuzz" >&2; exit 1; }
	@sh fuzz/seed.sh
	@for target in $$(cargo +nightly fuzz list); do \
	  echo "fuzzing $$target for $(TIME) s"; \
	  cargo +nightly fuzz run "$$target" -- -max_total_time=$(TIME) -max_len=600000 -rss_limit_mb=4096; \
	done

soak: native cargo ## mixed traffic for SOAK_TIME seconds; nothing may grow (make soak SOAK_TIME=60)
	cargo build --release
	TEST_PROGRAM="$${CARGO_TARGET_DIR:-$$PWD/target}/release/image-proxy" SOAK_SECONDS=$(SOAK_TIME) \
	cargo test --test http -- --ignored --nocapture soak::

# The binary of the tests, so that the dependencies are not built once more without the features that the tests add.
docs: native cargo ## writes .env.template and README.md's tables anew from the sources
	cargo test $(ALL) --test documents --no-run --quiet
	@program="$${CARGO_TARGET_DIR:-target}/debug/image-proxy"; \
	"$$program" --env-template > .env.template.new && mv .env.template.new .env.template; \
	table="$$("$$program" --markdown-table)" awk '\
	  /<!-- settings:end -->/ { print ENVIRON["table"]; inside = 0 } \
	  !inside { print } \
	  /<!-- settings:begin -->/ { inside = 1 }' README.md > README.md.new && mv README.md.new README.md; \
	table="$$("$$program" --parameter-table)" awk '\
	  /<!-- parameters:end -->/ { print ENVIRON["table"]; inside = 0 } \
	  !inside { print } \
	  /<!-- parameters:begin -->/ { inside = 1 }' README.md > README.md.new && mv README.md.new README.md

docker: ## builds the container image image-proxy
	@if command -v docker >/dev/null && docker info >/dev/null 2>&1; then docker build --tag image-proxy .; \
	else echo "no running Docker here: start it, or use: buildah build --tag image-proxy ." >&2; exit 1; fi

# Asks no package manager where every command is there.
native:
	@missing=""; \
	for name in $(NATIVE_COMMANDS); do command -v "$$name" >/dev/null || missing+=" $$name"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	echo "missing:$$missing"; \
	if ! command -v apt-get >/dev/null; then \
	  echo "install the packages with these commands (in Debian: $(NATIVE_PACKAGES)), then try again" >&2; exit 1; \
	fi; \
	as_root=""; \
	if [ "$$(id -u)" != 0 ]; then \
	  command -v sudo >/dev/null || { echo "as root: apt-get install -y $(NATIVE_PACKAGES)" >&2; exit 1; }; \
	  as_root=sudo; \
	fi; \
	$$as_root apt-get update; \
	$$as_root apt-get install -y --no-install-recommends $(NATIVE_PACKAGES)

# Commands and files that tests need, and the packages that have them. Where they cannot be had, the tests say what they skip.
define optional
@missing=""; export PATH="$(FRONT_PATH)"; \
for name in $(1); do command -v "$$name" >/dev/null || missing+=" $$name"; done; \
for file in $(2); do [ -e "$$file" ] || missing+=" $$file"; done; \
if [ -z "$$missing" ]; then exit 0; fi; \
as_root=""; [ "$$(id -u)" = 0 ] || as_root="sudo -n"; \
if ! command -v apt-get >/dev/null || ! $$as_root true 2>/dev/null; then \
  echo "missing:$$missing (in Debian: apt-get install $(3)); tests that need them are skipped" >&2; exit 0; \
fi; \
{ $$as_root apt-get update && $$as_root apt-get install -y --no-install-recommends $(3); } \
|| echo "could not install $(3); tests that need them are skipped" >&2
endef

fronts:
	$(call optional,$(FRONT_COMMANDS),$(FRONT_FILES),$(FRONTS))

# As with fronts: what cannot be had is skipped. A folder with another version than this is made anew.
stores:
	@mkdir -p "$(STORES)"; cd "$(STORES)"; \
	if [ "$$(cat moto/version 2>/dev/null)" != "$(MOTO)" ]; then \
	  rm -rf moto; \
	  if ! { command -v python3 && python3 -c "import ensurepip"; } >/dev/null 2>&1; then \
	    as_root=""; [ "$$(id -u)" = 0 ] || as_root="sudo -n"; \
	    { $$as_root apt-get update && $$as_root apt-get install -y --no-install-recommends python3-venv; } >/dev/null 2>&1 || true; \
	  fi; \
	  { python3 -m venv moto && moto/bin/pip install --quiet --disable-pip-version-check "$(MOTO)" && echo "$(MOTO)" > moto/version; } \
	  || { rm -rf moto; echo "could not install $(MOTO) with python3; tests that need it are skipped" >&2; }; \
	fi; \
	if [ "$$(cat azurite/version 2>/dev/null)" != "$(AZURITE)" ]; then \
	  rm -rf azurite; \
	  { mkdir azurite && npm install --prefix azurite --silent --no-audit --no-fund "$(AZURITE)" && echo "$(AZURITE)" > azurite/version; } \
	  || { rm -rf azurite; echo "could not install $(AZURITE) with npm; tests that need it are skipped" >&2; }; \
	fi

# Here what cannot be had is a failure: who asks for it wants to know.
clients:
	@mkdir -p "$(CLIENTS)"; cp -r tests/clients/. "$(CLIENTS)"; cd "$(CLIENTS)"; \
	wanted="$$(cat package-lock.json requirements.txt | cksum) $(ASTRO)"; \
	if [ "$$(cat version 2>/dev/null)" != "$$wanted" ]; then \
	  rm -rf node_modules venv; \
	  npm ci --silent --ignore-scripts --omit=optional --legacy-peer-deps --no-audit --no-fund; \
	  for package in $(ASTRO); do \
	    folder="node_modules/$${package%@*}"; mkdir -p "$$folder"; \
	    tar -xz --strip-components=1 -f "$$(npm pack --silent "$$package")" -C "$$folder"; \
	  done; \
	  python3 -m venv venv; venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt; \
	  echo "$$wanted" > version; \
	fi

# As with stores and fronts.
pages:
	@mkdir -p "$(PAGES)"; \
	if [ "$$(cat "$(PAGES)/version" 2>/dev/null)" != "$(HASHES)" ]; then \
	  { npm install --prefix "$(PAGES)" --silent --no-audit --no-fund $(HASHES) && echo "$(HASHES)" > "$(PAGES)/version"; } \
	  || { rm -f "$(PAGES)/version"; echo "could not install $(HASHES) with npm; tests that need them are skipped" >&2; }; \
	fi
	$(call optional,$(BROWSER),,$(BROWSER))

cargo:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust from https://rustup.rs" >&2; exit 1; }
