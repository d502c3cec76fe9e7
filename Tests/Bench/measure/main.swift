import Diagnostics
import Glibc
import Schema
import Template
import YAML

// measure events|tree|decoded FILE     CPU seconds and peak memory, as JSON
// measure render [ROUNDS]              CPU microseconds of a rendering, as JSON

/// CPU seconds of this process so far.
func cpuSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The most memory this process ever had, in bytes.
func peakBytes() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}

func bytes(of path: String) -> [UInt8] {
  guard let file = fopen(path, "r") else { fatalError("\(path) cannot be read") }
  defer { fclose(file) }
  fseek(file, 0, SEEK_END)
  let size = ftell(file)
  rewind(file)
  return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    count = fread(buffer.baseAddress, 1, size, file)
  }
}

/// Reads a file once; what it became stays alive until the memory is measured.
func measureYAML(_ stage: String, _ path: String) throws -> ValueMap {
  let file = SourceFile(name: path, bytes: bytes(of: path))
  let memory = peakBytes()
  let start = cpuSeconds()
  var result: [Any] = []
  if stage == "events" {
    result = [try yamlEvents(file)]
  } else {
    var bag = DiagnosticBag()
    let trees = parseYAML(file, into: &bag)
    result = [trees]
    if stage == "decoded" { result.append(trees.map { Value($0.root, trusted: true) }) }
    precondition(bag.errors.isEmpty, "the file has errors")
  }
  let seconds = cpuSeconds() - start
  return withExtendedLifetime(result) {
    [
      "seconds": .float(seconds), "bytes": .int(file.bytes.count),
      "memory": .int(peakBytes() - memory),
    ]
  }
}

/// The four renderings that Ansible's costs are known of.
func measureRendering(rounds: Int) throws -> ValueMap {
  var variables: ValueMap = [
    "x": .int(5), "h": .string("example.com"), "port": .int(8080),
    "a": .dict(["b": .list([.int(1), .int(2), .int(3)])]), "s": .string("yes"), "n": .int(3),
  ]
  for index in 0..<200 { variables["other\(index)"] = .string("value \(index)") }
  let renderer = Renderer(variables: variables)
  var result = ValueMap()
  for source in [
    "{{ x }}", "http://{{ h }}:{{ port }}/", "{{ a.b | map(\"string\") | join(\",\") }}",
  ] {
    let value = Value.text(Text(source, marks: .template))
    _ = try renderer.render(value)
    let start = cpuSeconds()
    for _ in 0..<rounds { _ = try renderer.render(value) }
    result[source] = .float((cpuSeconds() - start) / Double(rounds) * 1e6)
  }
  let source = "n > 2 and s == 'yes'"
  let template = try CompiledTemplate.compile(source, syntax: .condition)
  let start = cpuSeconds()
  for _ in 0..<rounds { _ = try renderer.condition(template) }
  result[source] = .float((cpuSeconds() - start) / Double(rounds) * 1e6)
  return result
}

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case "events", "tree", "decoded":
  print(JSON.text(.dict(try measureYAML(arguments[0], arguments[1]))))
case "render":
  let rounds = arguments.count > 1 ? Int(arguments[1]) ?? 20000 : 20000
  print(JSON.text(.dict(try measureRendering(rounds: rounds))))
default: fatalError("events, tree, decoded or render")
}
