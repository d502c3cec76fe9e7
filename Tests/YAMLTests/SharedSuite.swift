import Glibc

/// The YAML test suite and its extra files, which are not a part of this repository.
enum SharedSuite {
  /// The folder named by `SPILE_YAML_SUITE`, else `../shared/yaml-test-suite` beside the package; nil when there is none.
  static let folder: String? = {
    let named = getenv("SPILE_YAML_SUITE").map { String(cString: $0) }
    let candidate = named ?? packageFolder + "/../shared/yaml-test-suite"
    if files(in: candidate + "/cases").isEmpty {
      print(
        "note: no YAML test suite at \(candidate): its cases are skipped (set SPILE_YAML_SUITE)")
      return nil
    }
    return candidate
  }()

  private static let packageFolder: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/")
  }()

  /// The names in a folder, sorted, without hidden ones.
  static func files(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  /// The bytes of a file below the folder; nil when it is not there.
  static func read(_ path: String) -> [UInt8]? {
    guard let folder, let file = fopen(folder + "/" + path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
      bytes += chunk[..<count]
    }
    return bytes
  }

  /// The lines of a text file below the folder.
  static func lines(_ path: String) -> [String] {
    String(decoding: read(path) ?? [], as: UTF8.self).split(separator: "\n").map { String($0) }
  }
}
