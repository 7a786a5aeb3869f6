// swift-tools-version: 6.2
import PackageDescription

// OpenVINO is unpacked by `scripts/setup.sh`; everything else comes from the system's packages.
let dependencyFolder = Context.environment["REGRAFT_DEPS"] ?? "\(Context.packageDirectory)/.deps"
let openVINO = "\(dependencyFolder)/openvino"

#if arch(arm64)
    let architecture = "aarch64"
#else
    let architecture = "x86_64"
#endif

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error), .enableUpcomingFeature("InternalImportsByDefault"),
    // An async function runs where its caller does, as one that is not async: a handler stays on its connection's loop.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let package = Package(
    name: "regraft",
    products: [.executable(name: "regraft", targets: ["regraft"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // One target a C library; each is imported by its one owner below and nowhere else.
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CLCMS", pkgConfig: "lcms2", providers: [.apt(["liblcms2-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(
            name: "CVips",
            // Not by pkg-config: SwiftPM warns on every build about flags that vips.pc carries and it does not pass on.
            cSettings: [
                .unsafeFlags([
                    "-isystem", "/usr/include/glib-2.0", "-isystem",
                    "/usr/lib/\(architecture)-linux-gnu/glib-2.0/include",
                    "-Wall", "-Wextra", "-Werror",
                ])
            ],
            linkerSettings: [.linkedLibrary("vips"), .linkedLibrary("gobject-2.0"), .linkedLibrary("glib-2.0")]),
        .target(
            name: "COpenVINO",
            cxxSettings: [.unsafeFlags(["-isystem", "\(openVINO)/include", "-Wall", "-Wextra", "-Werror"])],
            linkerSettings: [
                .unsafeFlags(["-L\(openVINO)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(openVINO)/lib"]),
                .linkedLibrary("openvino"),
            ]),

        library("Domain"),
        library("Workers"),
        library("Images", ["Domain", "CTurboJPEG", "CVips", "CLCMS"]),
        library("Archives", ["CArchive"]),
        library(
            "Inference",
            ["Domain", "Workers", "Images", "COpenVINO", .product(name: "Crypto", package: "swift-crypto")]),
        library("Training", ["Domain", "Workers", "COpenBLAS", .product(name: "Crypto", package: "swift-crypto")]),
        library(
            "Formats",
            [
                "Domain", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        library(
            "Storage",
            [
                "Domain", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        library("Serving", ["Domain", "Workers", "Images", "Inference", "Training", "Formats"]),
        .target(
            name: "Jobs",
            dependencies: [
                "Domain", "Workers", "Images", "Inference", "Training", "Formats", "Storage", "Archives", "Fetch",
                "Serving",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        library("Settings", ["Domain", .product(name: "Yams", package: "Yams")]),
        library("Fetch", ["Workers", "CCurl"]),
        library("Prometheus", [.product(name: "Metrics", package: "swift-metrics")]),
        .target(
            name: "HTTP",
            dependencies: [
                "CLinux", "CZlib", "Workers", .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["README.md"], swiftSettings: strict),
        .target(
            name: "API",
            dependencies: [
                "Domain", "Workers", "Images", "Inference", "Training", "Storage", "Serving", "Jobs", "HTTP",
                "Prometheus",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            // In the program itself, which is then all that there is to install.
            resources: [.embedInCode("System/openapi.json"), .embedInCode("Dashboard/Files")], swiftSettings: strict),
        .executableTarget(
            name: "regraft",
            dependencies: [
                "Domain", "Workers", "Images", "Inference", "Training", "Formats", "Storage", "Archives", "Fetch",
                "Serving",
                "Jobs", "HTTP", "API", "Settings", "Prometheus",
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),

        .executableTarget(
            name: "HTTPUnderTest",
            dependencies: [
                "HTTP", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/HTTPUnderTest",
            swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["Domain", "Inference", "Storage"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .target(
            name: "HTTPTestSupport", dependencies: ["HTTP"], path: "Tests/HTTPTestSupport", swiftSettings: strict),
        tests("DomainTests", ["Domain", "TestSupport"]),
        tests("WorkersTests", ["Workers", "TestSupport"]),
        tests("ImagesTests", ["Images", "Domain", "TestSupport"], resources: [.copy("Golden")]),
        tests("ArchivesTests", ["Archives", "TestSupport"]),
        tests(
            "InferenceTests", ["Inference", "Images", "Workers", "Domain", "TestSupport"], resources: [.copy("Golden")]),
        tests(
            "StorageTests",
            [
                "Storage", "Domain", "TestSupport", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        tests(
            "ServingTests",
            [
                "Serving", "Formats", "Training", "Inference", "Images", "Workers", "Domain", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        tests(
            "JobsTests",
            [
                "Jobs", "Serving", "Storage", "Archives", "Fetch", "Training", "Formats", "Inference", "Images",
                "Workers", "Domain", "HTTP", "TestSupport", .product(name: "Logging", package: "swift-log"),
            ]),
        tests("FormatsTests", ["Formats", "Domain", "TestSupport"]),
        tests(
            "HTTPTests",
            [
                "HTTP", "HTTPUnderTest", "HTTPTestSupport", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Metrics", package: "swift-metrics"),
            ]),
        tests(
            "APITests",
            [
                "API", "HTTP", "Jobs", "Serving", "Storage", "Fetch", "Inference", "Images", "Workers", "Prometheus",
                "Domain", "HTTPTestSupport", "TestSupport", .product(name: "Logging", package: "swift-log"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        tests("SettingsTests", ["Settings", "Domain", "TestSupport"]),
        tests("FetchTests", ["Fetch", "Workers", "TestSupport"]),
        tests("PrometheusTests", ["Prometheus", "TestSupport", .product(name: "Metrics", package: "swift-metrics")]),
        tests("ArchitectureTests", []),
        tests("CommandTests", ["regraft", "Formats", "Images", "Domain", "TestSupport"]),
        tests("TrainingTests", ["Training", "Workers", "Domain"], resources: [.copy("Golden")]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
