import Bundle
import ModuleKit
import Schema
import Transport

/// Where bundles' blobs wait on a host, and the scripts that look and write there.
///
/// A blob that is not whole yet is called `DIGEST.partial`; pieces are written at their places, so two programs that send
/// the same blob at once do not spoil each other's work.
struct StagingFolder {
  static let path = BundleOffer.stagingFolder

  /// What a host tells of itself and of the folder, which is made.
  struct Listing {
    var architecture: String
    var systems: [String]
    /// In bytes.
    var room: Int
    /// Sizes by name.
    var files: [String: Int]
  }

  static let listing = Frame(
    "look at \(path)",
    """
    mkdir -p -- \(path) && chmod 700 -- \(path) || exit
    uname -m
    for field in ID VERSION_ID; do
      sed -n "s/^$field=//p" /etc/os-release /usr/lib/os-release 2>/dev/null | head -n 1
    done
    df -Pk \(path) | { read -r _; read -r _ _ _ free _; echo "$free"; }
    cd \(path) || exit
    for name in *; do
      if [ -f "$name" ]; then printf '%s %s\\n' "$(wc -c <"$name")" "$name"; fi
    done
    """, isStep: true, deadline: .seconds(60))

  /// Reads what the listing printed.
  static func parse(_ text: String) -> Listing? {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
    guard lines.count >= 4, let room = Int(lines[3]) else { return nil }
    func plain(_ text: String) -> String { text.filter { $0 != "\"" && $0 != "'" } }
    var listing = Listing(
      architecture: Architecture.name(ofMachine: lines[0]),
      systems: SystemName.all(id: plain(lines[1]), version: plain(lines[2])), room: room * 1024,
      files: [:])
    lines = lines.dropFirst(4)
    for line in lines {
      let words = line.split(separator: " ", maxSplits: 1)
      if words.count == 2, let size = Int(words[0]) { listing.files[String(words[1])] = size }
    }
    return listing
  }

  /// Prints the digest of a blob that is there.
  static func digest(of item: BundleItem) -> Frame {
    Frame(
      "read \(item.title)", "sha256sum <\(path + "/" + item.sha256)", isStep: true,
      deadline: .seconds(3600))
  }

  /// Prints the digests of the pieces of a blob that is not whole.
  static func pieces(of item: BundleItem) -> Frame {
    Frame(
      "read what is there of \(item.title)",
      """
      piece=0
      while [ "$piece" -lt \(item.chunks.count) ]; do
        dd if=\(partial(item)) bs=1048576 skip=$((piece * \(Chunks.size >> 20))) count=\(Chunks.size >> 20) \
          2>/dev/null | sha256sum
        piece=$((piece + 1))
      done
      """, isStep: true, deadline: .seconds(3600))
  }

  /// Writes a piece at its place; the host compares its digest before.
  static func write(_ index: Int, of item: BundleItem, _ bytes: [UInt8]) -> Frame {
    Frame(
      "send \(item.title), piece \(index + 1) of \(item.chunks.count)",
      """
      said=$(dd of=\(partial(item)) bs=1048576 seek=\(index * (Chunks.size >> 20)) conv=notrunc 2>&1) && exit
      printf '%s\\n' "$said" >&2
      exit 1
      """, input: Blob(bytes: bytes, sha256: item.chunks[index]), isStep: true,
      deadline: .seconds(600))
  }

  /// Puts a blob into its place when it is whole; removes it when it is not what it should be.
  static func finish(_ item: BundleItem) -> Frame {
    let whole = path + "/" + item.sha256
    return Frame(
      "finish \(item.title)",
      """
      dd of=\(partial(item)) bs=1 count=0 seek=\(item.size) 2>/dev/null </dev/null || exit
      if ! has_digest \(partial(item)) \(item.sha256); then
        rm -f -- \(partial(item))
        echo 'what arrived is something else, and was removed' >&2
        exit 1
      fi
      chmod 600 -- \(partial(item)) || exit
      sync \(partial(item)) 2>/dev/null || sync
      mv -f -- \(partial(item)) \(whole)
      """, isStep: true, deadline: .seconds(3600))
  }

  static func remove(_ names: [String]) -> Frame {
    Frame(
      "remove \(names.count) blobs", "rm -f -- \(words: names.map { path + "/" + $0 })",
      isStep: true, deadline: .seconds(300))
  }

  static func partialName(_ item: BundleItem) -> String { item.sha256 + ".partial" }

  private static func partial(_ item: BundleItem) -> String { path + "/" + partialName(item) }
}
