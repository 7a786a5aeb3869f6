# Regraft's server: docker build -t regraft . && docker run -p 8080:8080 -v regraft:/data regraft
#
# BUILD_IMAGE needs Swift 6.3, RUN_IMAGE the same release of Debian without it.
ARG BUILD_IMAGE=swift:6.3-bookworm
ARG RUN_IMAGE=debian:bookworm-slim

# --- build -----------------------------------------------------------------------------------------------------------
FROM ${BUILD_IMAGE} AS build
WORKDIR /src

# Set-up fills this folder, and the program looks for OpenVINO where it was linked against: so it has the same name below.
ENV REGRAFT_DEPS=/opt/regraft
# Its own layer, which a change of the sources does not touch: it downloads 300 MB.
COPY scripts scripts
COPY config/backbones config/backbones
RUN scripts/setup.sh && rm -rf /var/lib/apt/lists/*

# Tests are not built, but the package is not valid without their folders.
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
# Swift's runtime goes into the program, and of that only what it calls: as libraries it would be 76 MB.
RUN swift build -c release --product regraft --static-swift-stdlib \
    && install -D --strip .build/release/regraft /opt/regraft/bin/regraft

# What the licences of all that is linked in or lies beside the program ask to be passed on. (Debian's packages bring
# theirs below /usr/share/doc.) OpenVINO's C interface is not used.
RUN set -e; \
    cd .build/checkouts; \
    for file in */[Ll][Ii][Cc][Ee][Nn][SsCc][Ee]* */NOTICE*; do \
        if [ -f "$file" ]; then install -D -m 644 "$file" "/opt/regraft/licenses/$file"; fi; \
    done; \
    toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")"); \
    install -D -m 644 "$toolchain/share/swift/LICENSE.txt" /opt/regraft/licenses/swift/LICENSE.txt; \
    cp -R /opt/regraft/openvino/licenses /opt/regraft/licenses/openvino; \
    rm /opt/regraft/openvino/lib/libopenvino_c.so*

# --- run -------------------------------------------------------------------------------------------------------------
FROM ${RUN_IMAGE}

# The libraries that the program names itself (`readelf -d`), and what it reads: root certificates and time zones.
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        ca-certificates libarchive13 libcurl4 libglib2.0-0 liblcms2-2 libopenblas0-pthread libsqlite3-0 libstdc++6 \
        libturbojpeg0 libvips42 tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*.log /var/log/apt \
    && groupadd --gid 10001 regraft \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin regraft \
    && install -d -o 10001 -g 10001 -m 700 /data

COPY --from=build /opt/regraft/openvino/lib /opt/regraft/openvino/lib
COPY --from=build /opt/regraft/backbones /opt/regraft/backbones
COPY --from=build /opt/regraft/licenses /opt/regraft/licenses
COPY LICENSE /opt/regraft/
COPY config /opt/regraft/config
COPY --from=build /opt/regraft/bin /opt/regraft/bin

ENV PATH=/opt/regraft/bin:$PATH REGRAFT_DEPS=/opt/regraft
ENV REGRAFT_DATA_DIRECTORY=/data REGRAFT_SERVER_PORT=8080
# Inside a container 127.0.0.1 is the container's own, so the server must listen on all addresses. As the image stands,
# WHOEVER REACHES THE PUBLISHED PORT MAY DO EVERYTHING. To keep it to this machine, publish it as -p 127.0.0.1:8080:8080;
# to ask for a key, add  -e REGRAFT_API_KEYS=NAME:SHA256:admin  where SHA256 is what `printf %s KEY | sha256sum` prints.
ENV REGRAFT_SERVER_HOST=0.0.0.0 REGRAFT_SERVER_ALLOW_OPEN_ACCESS=true
# `docker stop` kills after 10 s.
ENV REGRAFT_DEADLINES_DRAIN=8s

# By number, so that Kubernetes can tell that it is not root.
USER 10001:10001
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# Ready, and not only alive: /readyz is 503 until the models are loaded and while the server stops.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["/opt/regraft/bin/regraft", "healthcheck"]
ENTRYPOINT ["/opt/regraft/bin/regraft"]
CMD ["serve"]

ARG VERSION=
ARG REVISION=
LABEL org.opencontainers.image.title="Regraft" \
    org.opencontainers.image.description="Retrains image classifiers over HTTP" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
