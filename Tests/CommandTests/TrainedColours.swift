import Foundation
import TestSupport
import Testing

/// A server with a model of three colours.
final class TrainedColours {
    let workshop: Workshop
    let server: ServeProcess

    init(_ arguments: [String] = []) throws {
        workshop = try Workshop()
        for colour in ["red", "green", "blue"] { try workshop.addPhotos(colour, like: colour, count: 8) }
        for colour in ["red", "blue"] {
            try workshop.folder.write(Workshop.photo(Workshop.colours[colour] ?? [], 99), to: "unseen/\(colour).png")
        }
        server = try ServeProcess(in: workshop.url, arguments)
        for colour in ["red", "green", "blue"] {
            let files = (0..<8).flatMap { ["-F", "image=@photos/\(colour)/\($0).png"] }
            let added = try server.curlAll("/v1/datasets/colours/images?label=\(colour)", files)
            try #require(added.status == 201, "\(added.text)")
        }
        let job = try server.json("/v1/jobs", #"{"dataset": "colours"}"#).string("id")
        let end = try server.follow(job).last ?? ""
        try #require(end.contains("\"state\":\"succeeded\""), "\(end)")
    }
}
