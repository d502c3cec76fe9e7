import ModuleKit

/// Swap space: what is in use now, and what would bring it back at the next boot besides
/// `/etc/fstab`.
///
/// One per host.
package struct SwapFact: Fact {
  package static let kind = "swap"

  /// Files and devices in use, as `/proc/swaps` names them.
  package var active: [String]
  /// Configuration files of zram-generator that set up a device, in the order of precedence.
  package var zramFiles: [String]
  /// Units that are enabled: swap units of the administrator's own, and packages' services that
  /// set up compressed swap (`zramswap`, `zram-config`).
  ///
  /// What generators make of fstab and partitions is wanted by `swap.target`.
  package var units: [String]
  /// Whether `swap.target` is masked; true where systemd does not run the host.
  package var isTargetMasked: Bool
  package var hasSystemd: Bool

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
    for f in /etc/systemd/system/*.wants/*.swap /etc/systemd/system/*.requires/*.swap \\
      /run/systemd/system/*.wants/*.swap /run/systemd/system/*.requires/*.swap; do
      if [ -h "$f" ]; then printf 'unit %s\\n' "${f##*/}"; fi
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
      active: [], zramFiles: [], units: [], isTargetMasked: true, hasSystemd: false)
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
      case "unit" where words.count == 2 && !fact.units.contains(String(words[1])):
        fact.units.append(String(words[1]))
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

  private mutating func read(_ shown: [[Substring: Substring]]) {
    for unit in shown {
      guard let id = unit["Id"] else { continue }
      if id == "swap.target" {
        isTargetMasked = unit["LoadState"] == "masked" || unit["UnitFileState"] == "masked"
      } else if unit["UnitFileState"] == "enabled" || unit["ActiveState"] == "active" {
        units.append(String(id))
      }
    }
  }
}
