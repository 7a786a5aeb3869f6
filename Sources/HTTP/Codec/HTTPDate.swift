import Glibc

/// Times as HTTP writes them (RFC 9110, 5.6.7), in whole seconds since 1970.
enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    static func format(_ seconds: Int) -> String {
        var (time, parts) = (time_t(seconds), tm())
        gmtime_r(&time, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) "
            + "\(Int(parts.tm_year) + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }

    /// All three forms that a recipient must take; nil for what is none of them.
    static func parse(_ text: String) -> Int? {
        let parts = text.split { " ,-".contains($0) }.map(String.init)
        let (day, month, year, clock): (String, String, String, String)
        switch parts.count {
        // Sun, 06 Nov 1994 08:49:37 GMT; Sunday, 06-Nov-94 08:49:37 GMT
        case 6 where parts[5] == "GMT": (day, month, year, clock) = (parts[1], parts[2], parts[3], parts[4])
        // Sun Nov  6 08:49:37 1994
        case 5: (month, day, clock, year) = (parts[1], parts[2], parts[3], parts[4])
        default: return nil
        }
        let time = clock.split(separator: ":", omittingEmptySubsequences: false).map { Int32($0) ?? -1 }
        guard let monthNumber = months.firstIndex(of: month), let dayNumber = Int32(day), var yearNumber = Int32(year),
            time.count == 3, (1...31).contains(dayNumber), (0...23).contains(time[0]), (0...59).contains(time[1]),
            (0...60).contains(time[2])
        else { return nil }
        if year.count == 2 { yearNumber += yearNumber < 70 ? 2000 : 1900 }
        var system = tm()
        (system.tm_year, system.tm_mon, system.tm_mday) = (yearNumber - 1900, Int32(monthNumber), dayNumber)
        (system.tm_hour, system.tm_min, system.tm_sec) = (time[0], time[1], time[2])
        return timegm(&system)
    }
}

/// The `Date` line of a response, made once a second.
struct DateCache {
    private var second = 0
    private var line: [UInt8] = []

    mutating func current() -> [UInt8] {
        let now = time(nil)
        if now != second {
            second = now
            line = Array("date: \(HTTPDate.format(now))\r\n".utf8)
        }
        return line
    }
}
