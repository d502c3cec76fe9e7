import Glibc
import Schema

/// Filters for dates.
let timeFilters: [Filter] = [
  Filter("strftime", "string_format, second=, utc=") { call in
    let format = try call.text(0, "the format")
    var seconds = call.context.renderer.now
    if let given = call.given(1) {
      guard let number = Number(given)?.double ?? given.string.flatMap(PythonNumber.float) else {
        throw call.fail(.plugin, "invalid value for epoch value (\(try call.string(1)))")
      }
      seconds = number
    }
    var time = time_t(seconds.rounded(.down))
    var parts = tm()
    if try call.bool(2) { gmtime_r(&time, &parts) } else { localtime_r(&time, &parts) }
    return .text(DateObject.format(format, parts))
  },
  Filter("to_datetime", "string, format=") { call in
    let text = try call.text(0, "the date")
    let format = try call.text(1, default: "%Y-%m-%d %H:%M:%S")
    guard let date = DateReader.date(text, format) else {
      throw call.fail(.plugin, "time data '\(text)' does not match format '\(format)'")
    }
    return .object(date)
  },
]
