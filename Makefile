# envgate. `make help` lists the targets.
HOST = $(shell rustc -vV | sed -n 's/^host: //p')
# Static, so that no loader variable of the caller's reaches the launcher, and it starts in half the time.
# At a fixed address: relocating it takes a twentieth of a launch. What an address would hide is a millisecond old,
# safe Rust, and reads nothing but files of root and the worker's user; heap, stack and mappings are randomised.
STATIC = RUSTFLAGS="-C target-feature=+crt-static -C relocation-model=static $(ORDERED) $(NAMES)"
# The functions of a launch side by side: the fewer pages it touches, the sooner it is done. Only lld knows the option.
ORDER := -C link-arg=-Wl,--symbol-ordering-file=$(CURDIR)/benches/launch.order -C link-arg=-Wl,--no-warn-symbol-ordering
ORDERED = $(shell mkdir -p target && echo 'fn main() {}' | rustc $(ORDER) -o target/probe - 2>/dev/null && echo '$(ORDER)'; rm -f target/probe)
# Where it is copied to, so that `sudo make install` needs no compiler.
BINARY := target/envgate
# What the built program prints of itself: man pages and completions.
GENERATED := target/generated
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR ?= $(SYSCONFDIR)/systemd/system
# The demo is for make run.
TEMPLATES = $(filter-out demo,$(notdir $(wildcard env-templates/*)))

.PHONY: help build executable pages run test check order bench soak fuzz install clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

build: executable ## the release binary: static and stripped
	@install -D $(or $(CARGO_TARGET_DIR),target)/$(HOST)/release/envgate $(BINARY)
	@$(MAKE) --no-print-directory pages
	@ls -l $(BINARY)

# By the built program itself, for install.
executable:
	@# Cargo does not look at the linker's files.
	@if [ benches/launch.order -nt $(BINARY) ]; then touch src/main.rs; fi
	$(STATIC) cargo build --release --locked --target $(HOST)

pages:
	@rm -rf $(GENERATED) && mkdir -p $(GENERATED)/man $(GENERATED)/completions
	@for page in $$($(BINARY) man); do $(BINARY) man $$page >$(GENERATED)/man/$$page || exit 1; done
	@for shell in bash zsh fish; do $(BINARY) completions $$shell >$(GENERATED)/completions/$$shell || exit 1; done

run: build ## the main job on an embedded example
	@env-templates/demo/run $(BINARY)

test: build ## set up what the tests need, and run all of them
	tests/setup
	ENVGATE_STATIC=$(CURDIR)/$(BINARY) tests/run

check: ## before each commit: format, clippy as errors, unit tests, docs
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo test --locked --lib --test launch --test layers --test docs
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps

order: ## benches/launch.order anew, after an update of Rust or of a crate (needs valgrind)
	benches/order

bench: build ## what a launch costs, beside the floor and the peers
	tests/setup bench
	benches/run

soak: ## ten minutes of rotations that contend while workers launch
	ENVGATE_SOAK_SECONDS=600 cargo test --locked --test rotation -- contend

fuzz: ## an hour of each fuzz target
	tests/setup
	fuzz/run 3600

install: ## the binary, man pages, completions, schemas and templates below PREFIX, the units below UNITDIR (after make build)
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/envgate
	for section in 1 5 7; do install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man$$section $(GENERATED)/man/*.$$section || exit 1; done
	install -D -m 644 $(GENERATED)/completions/bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/envgate
	install -D -m 644 $(GENERATED)/completions/zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_envgate
	@# In every session, which PREFIX/share is not in.
	install -D -m 644 $(GENERATED)/completions/fish $(DESTDIR)$(SYSCONFDIR)/fish/completions/envgate.fish
	install -D -m 644 -t $(DESTDIR)$(UNITDIR) units/*.service units/*.timer
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/envgate/schemas src/verbs/schemas/*.json
	install -D -m 644 units/policy.example.yml $(DESTDIR)$(SYSCONFDIR)/envgate/policy.yml.example
	for template in $(TEMPLATES); do \
	  install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/envgate/env-templates/$$template env-templates/$$template/* || exit; \
	done

clean: ## what was built
	cargo clean
