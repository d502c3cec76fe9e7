import Foundation
import Yams

// yams-measure tree|decoded FILE: CPU seconds and peak memory, as JSON.
let text = try String(contentsOfFile: CommandLine.arguments[2], encoding: .utf8)
var before = rusage()
getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &before)
let start = clock()
let result: Any? =
  CommandLine.arguments[1] == "tree" ? try compose(yaml: text) : try load(yaml: text)
let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
var after = rusage()
getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &after)
withExtendedLifetime(result) {
  let memory = (after.ru_maxrss - before.ru_maxrss) * 1024
  print("{\"seconds\": \(seconds), \"bytes\": \(text.utf8.count), \"memory\": \(memory)}")
}
