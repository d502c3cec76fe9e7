import ModuleKit

/// Swap space: what is in use now, and what would bring it back at the next boot besides
/// `/etc/fstab`.
///
/// One per host.
package struct SwapFact: Fact {
  package static let kind = "swap"

  /// Files and devices in use, as `/proc/swaps` names them.
  package var active: [String]
  /// Unit files of swap units that come from neither `/etc/fstab` nor masked ones, and units that generators made.
  package var units: [Unit]
  /// Configuration files of zram-generator that set up a device, in the order of precedence.
  package var zramFiles: [String]
  /// Packages' services that set up compressed swap (`zramswap`, `zram-config`) and are enabled.
  package var services: [String]
  /// Whether `swap.target` is masked; true where systemd does not run the host.
  package var isTargetMasked: Bool
  package var hasSystemd: Bool

  package struct Unit: Sendable, Hashable {
    package var name: String
    /// `enabled`, `static`, `generated`, `masked`, ...
    package var state: String
    /// The file or device of a unit in use; empty when it is not known.
    package var fragment: String
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    if [ -r /proc/swaps ]; then while IFS= read -r l; do printf 'active %s\\n' "$l"; done </proc/swaps; fi
    for f in /etc/systemd/zram-generator.conf /run/systemd/zram-generator.conf \\
      /usr/local/lib/systemd/zram-generator.conf /usr/lib/systemd/zram-generator.conf \\
      /etc/systemd/zram-generator.conf.d/*.conf /run/systemd/zram-generator.conf.d/*.conf \\
      /usr/local/lib/systemd/zram-generator.conf.d/*.conf /usr/lib/systemd/zram-generator.conf.d/*.conf; do
      [ -e "$f" ] || continue
      if [ -f "$f" ] && grep -q '^[[:blank:]]*\\[zram' "$f"; then printf 'zram %s\\n' "$f"; else printf 'file %s\\n' "$f"; fi
    done
    [ -d /run/systemd/system ] || exit 0
    echo systemd
    for d in /etc /run /usr/local/lib /usr/lib /lib; do
      for f in "$d"/systemd/system/*.swap /run/systemd/generator*/*.swap; do
        [ -e "$f" ] || [ -L "$f" ] || continue
        if [ -L "$f" ] && [ "$(readlink "$f")" = /dev/null ]; then s=masked; else s=there; fi
        printf 'unit %s %s\\n' "$s" "$f"
      done
    done
    systemctl show --property=Id,LoadState,UnitFileState,ActiveState -- swap.target zramswap.service zram-config.service
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<SwapFact>] {
    guard reply.status == 0 else {
      return ["": .unreadable(String(decoding: reply.errors, as: UTF8.self))]
    }
    var fact = SwapFact(
      active: [], units: [], zramFiles: [], services: [], isTargetMasked: true, hasSystemd: false)
    var zram: [(file: String, setsUp: Bool)] = []
    var shown: [[Substring: Substring]] = [[:]]
    for line in reply.lines {
      if let (name, value) = line.halves(at: "="), fact.hasSystemd {
        shown[shown.count - 1][name] = value
        continue
      }
      let words = line.words
      switch words.first {
      case nil: shown.append([:])
      case "active" where words.count > 1 && words[1] != "Filename":
        fact.active.append(MountTable.unescaped(words[1]))
      case "zram" where words.count == 2: zram.append((String(words[1]), true))
      case "file" where words.count == 2: zram.append((String(words[1]), false))
      case "unit" where words.count == 3: fact.add(unit: String(words[2]), state: String(words[1]))
      case "systemd": fact.hasSystemd = true
      default: continue
      }
    }
    fact.zramFiles = effective(zram)
    fact.read(shown)
    return ["": .present(fact)]
  }

  /// The first file of a folder's name masks the same in later folders (zram-generator.conf(5)).
  private static func effective(_ files: [(file: String, setsUp: Bool)]) -> [String] {
    var names: Set<Substring> = []
    return files.filter { entry in
      let tail = entry.file.split(separator: "/").drop { $0 != "systemd" }.joined(separator: "/")
      return names.insert(tail[...]).inserted && entry.setsUp
    }.map(\.file)
  }

  private mutating func add(unit path: String, state: String) {
    guard let slash = path.lastIndex(of: "/") else { return }
    let name = String(path[path.index(after: slash)...])
    guard !units.contains(where: { $0.name == name }) else { return }
    units.append(Unit(name: name, state: state, fragment: path))
  }

  private mutating func read(_ shown: [[Substring: Substring]]) {
    for unit in shown {
      guard let id = unit["Id"] else { continue }
      if id == "swap.target" {
        isTargetMasked = unit["LoadState"] == "masked" || unit["UnitFileState"] == "masked"
      } else if unit["UnitFileState"] == "enabled" || unit["ActiveState"] == "active" {
        services.append(String(id))
      }
    }
  }
}
