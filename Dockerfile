# The whole product: one program in a small image. The build needs nothing from outside this file but packages.

FROM rust:1.95-slim-bookworm AS builder
# The packages of NATIVE_PACKAGES in the Makefile, which a test holds this against.
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential cmake nasm perl pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build

# The dependencies in a layer of their own, which a change of our sources leaves as it is: cargo sees the manifests,
# and empty sources where they name some.
COPY Cargo.toml Cargo.lock build.rs ./
COPY native-tools native-tools
COPY codec/Cargo.toml codec/Cargo.toml
COPY fuzz fuzz
COPY benches benches
RUN mkdir src codec/src && touch src/lib.rs codec/src/lib.rs && echo 'fn main() {}' > src/main.rs \
    && cargo build --release --locked --package image-proxy

COPY codec/src codec/src
COPY src src
# Cargo goes by time stamps, and the files just copied may be older than the empty ones that were built.
RUN find src codec/src -name '*.rs' -exec touch {} + \
    && cargo build --release --locked --package image-proxy

FROM debian:bookworm-slim
# Certificates for a fallback over https.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /app/data /app/cache && chown 65532:65532 /app/cache
COPY --from=builder /build/target/release/image-proxy /usr/local/bin/image-proxy
WORKDIR /app
USER 65532:65532
ENV IMAGE_PROXY_CACHE_DISK_PATH=/app/cache
VOLUME /app/cache
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["image-proxy", "--health"]
ENTRYPOINT ["image-proxy"]
