import Bundle
import ModuleKit
import Report
import Schema
import Transport

/// What came of sending bundles to one host.
struct PushRecord: Sendable {
  let host: String
  /// Blobs that were sent, whole or the rest of them.
  var sentBlobs = 0
  var sentBytes = 0
  /// Blobs that were whole before, and the bytes of theirs and of those that were there in part.
  var presentBlobs = 0
  var presentBytes = 0
  /// Items for other architectures or systems.
  var leftOut = 0
  /// Blobs that no bundle names, removed.
  var removed = 0
  var elapsed: Duration = .zero
  var failure: PushFailure?
}

/// Why a host has not got everything.
struct PushFailure: Error, Sendable {
  /// Whether it could not be talked to.
  let isUnreachable: Bool
  let message: String
  var help: String?

  init(_ message: String, help: String? = nil) {
    isUnreachable = false
    self.message = message
    self.help = help
  }

  init(_ error: TransportError) {
    isUnreachable = error.code != .cancelled && error.code != .other
    let said = error.serverSaid.map { ": \(Terminal.printable($0))" } ?? ""
    message = error.message + said
    help = error.help
  }
}

/// Sends to one host what it lacks of some bundles.
struct HostPush {
  let host: String
  let bundles: [TrustedBundle]
  /// Whether items for other machines are sent too.
  let sendsAll: Bool
  /// Whether blobs that no bundle names are removed.
  let prunes: Bool
  /// Told after every message how many bytes were sent, and how many will be.
  let progress: @Sendable (_ sent: Int, _ of: Int) -> Void

  /// A blob to be sent, from its first piece that the host has not got on.
  private struct Shipment {
    let item: BundleItem
    let bundle: TrustedBundle
    let firstPiece: Int

    var count: Int { item.size - min(firstPiece * Chunks.size, item.size) }
  }

  /// Works through a host; what went wrong is in the record.
  func run(_ shell: Shell) async -> PushRecord {
    var record = PushRecord(host: host)
    do throws(PushFailure) {
      try await run(shell, &record)
    } catch {
      record.failure = error
    }
    return record
  }

  private func run(_ shell: Shell, _ record: inout PushRecord) async throws(PushFailure) {
    let replies = try await exchange([StagingFolder.listing], shell)
    guard let listing = StagingFolder.parse(replies[0]) else {
      throw PushFailure("the host did not tell what is in \(StagingFolder.path)")
    }
    let shipments = try await shipments(listing, shell, &record)
    try checkRoom(shipments, listing)
    try await send(shipments, shell, &record)
    if prunes { try await prune(listing, shell, &record) }
  }

  // MARK: What is there

  /// What the host lacks; what it has is read again and compared.
  private func shipments(
    _ listing: StagingFolder.Listing, _ shell: Shell, _ record: inout PushRecord
  ) async throws(PushFailure) -> [Shipment] {
    let wanted = wanted(listing, &record)
    let readings = try await readings(of: wanted.map(\.item), listing, shell)
    var shipments: [Shipment] = []
    for ((item, bundle), reading) in zip(wanted, readings) {
      switch reading {
      case .whole(item.sha256):
        record.presentBlobs += 1
        record.presentBytes += item.size
      case .pieces(let digests):
        let first = zip(digests, item.chunks).prefix { $0 == $1 }.count
        record.presentBytes += min(first * Chunks.size, item.size)
        shipments.append(Shipment(item: item, bundle: bundle, firstPiece: first))
      case .whole, .nothing:
        shipments.append(Shipment(item: item, bundle: bundle, firstPiece: 0))
      }
    }
    return shipments
  }

  /// The blobs for this machine, each once.
  private func wanted(
    _ listing: StagingFolder.Listing, _ record: inout PushRecord
  ) -> [(item: BundleItem, bundle: TrustedBundle)] {
    var wanted: [(item: BundleItem, bundle: TrustedBundle)] = []
    var seen: Set<String> = []
    for bundle in bundles {
      for item in bundle.manifest.items {
        if !sendsAll, !item.fits(architecture: listing.architecture, systems: listing.systems) {
          record.leftOut += 1
        } else if seen.insert(item.sha256).inserted {
          wanted.append((item, bundle))
        }
      }
    }
    return wanted
  }

  /// What a host has of a blob.
  private enum Reading {
    case nothing
    /// A file of the right size, with its digest.
    case whole(String)
    /// A file that was begun, with the digests of its pieces.
    case pieces([String])
  }

  /// Reads all that is there of some blobs.
  private func readings(
    of items: [BundleItem], _ listing: StagingFolder.Listing, _ shell: Shell
  ) async throws(PushFailure) -> [Reading] {
    var readings = [Reading](repeating: .nothing, count: items.count)
    var frames: [(place: Int, isWhole: Bool, frame: Frame)] = []
    for (place, item) in items.enumerated() {
      if listing.files[item.sha256] == item.size {
        frames.append((place, true, StagingFolder.digest(of: item)))
      } else if listing.files[StagingFolder.partialName(item)] != nil {
        frames.append((place, false, StagingFolder.pieces(of: item)))
      }
    }
    let replies = try await exchange(frames.map(\.frame), shell)
    for (row, reply) in zip(frames, replies) {
      let digests = reply.split(separator: "\n").map { String($0.prefix { $0 != " " }) }
      readings[row.place] = row.isWhole ? .whole(digests.first ?? "") : .pieces(digests)
    }
    return readings
  }

  private func checkRoom(
    _ shipments: [Shipment], _ listing: StagingFolder.Listing
  ) throws(PushFailure) {
    let needed = shipments.reduce(0) { $0 + $1.count }
    guard needed > 0, needed + 2 * Chunks.size > listing.room else { return }
    throw PushFailure(
      "there is no room in \(StagingFolder.path): \(ByteCount.text(needed)) are to be sent, "
        + "\(ByteCount.text(listing.room)) are free",
      help: "nothing was sent; make room, or run `spile bundle push --prune` for what is needed now"
    )
  }

  // MARK: Sending

  /// Sends pieces in messages of at most the size of one.
  private func send(
    _ shipments: [Shipment], _ shell: Shell, _ record: inout PushRecord
  ) async throws(PushFailure) {
    let total = shipments.reduce(0) { $0 + $1.count }
    var frames: [Frame] = []
    var (bytes, blobs) = (0, 0)
    progress(0, total)
    for shipment in shipments {
      for piece in shipment.firstPiece..<max(shipment.firstPiece, shipment.item.chunks.count) {
        let content = try content(of: shipment, piece)
        if bytes + content.count > Chunks.size || frames.count >= 64 {
          try await flush(&frames, &bytes, &blobs, shell, &record)
          progress(record.sentBytes, total)
        }
        frames.append(StagingFolder.write(piece, of: shipment.item, content))
        bytes += content.count
      }
      frames.append(StagingFolder.finish(shipment.item))
      blobs += 1
    }
    try await flush(&frames, &bytes, &blobs, shell, &record)
    progress(record.sentBytes, total)
  }

  private func flush(
    _ frames: inout [Frame], _ bytes: inout Int, _ blobs: inout Int, _ shell: Shell,
    _ record: inout PushRecord
  ) async throws(PushFailure) {
    guard !frames.isEmpty else { return }
    _ = try await exchange(frames, shell)
    record.sentBytes += bytes
    record.sentBlobs += blobs
    frames = []
    (bytes, blobs) = (0, 0)
  }

  /// The bytes of a piece, compared with the manifest before they leave.
  private func content(of shipment: Shipment, _ piece: Int) throws(PushFailure) -> [UInt8] {
    let item = shipment.item
    do throws(FileFailure) {
      if let blob = try shipment.bundle.blob(item.sha256) {
        let bytes = try blob.bytes(Chunks.range(piece, of: item.size))
        if Chunks.digest(of: bytes) == item.chunks[piece] { return bytes }
      }
    } catch {
      throw PushFailure("\(item.title) cannot be read: \(error.reason)")
    }
    throw PushFailure(
      "\(item.title) is missing in the bundle, or was changed",
      help: "`spile bundle verify` tells all that is wrong with it")
  }

  private func prune(
    _ listing: StagingFolder.Listing, _ shell: Shell, _ record: inout PushRecord
  ) async throws(PushFailure) {
    let named = Set(bundles.flatMap { $0.manifest.items.map(\.sha256) })
    let foreign = listing.files.keys.filter { name in
      !named.contains(name) && !named.contains(name.replacing(".partial", with: ""))
    }.sorted()
    guard !foreign.isEmpty else { return }
    _ = try await exchange([StagingFolder.remove(foreign)], shell)
    record.removed = foreign.count
  }

  /// What the frames printed; throws at the first that failed.
  private func exchange(_ frames: [Frame], _ shell: Shell) async throws(PushFailure) -> [String] {
    let replies: [FrameReply]
    do throws(TransportError) {
      replies = try await shell.exchange(Message(frames))
    } catch {
      throw PushFailure(error)
    }
    var texts: [String] = []
    for (frame, reply) in zip(frames, replies) {
      switch reply {
      case .finished(0, let output, _, _): texts.append(String(decoding: output, as: UTF8.self))
      case .finished(let status, _, let errors, _):
        let said = Terminal.printable(String(decoding: errors, as: UTF8.self))
        throw PushFailure(
          "could not \(frame.label): "
            + (said.isEmpty
              ? "status \(status)" : said.split(separator: "\n").joined(separator: "; ")))
      case .preconditionFailed(let reason): throw PushFailure("could not \(frame.label): \(reason)")
      case .timedOut: throw PushFailure("could not \(frame.label): it took too long")
      case .skipped: throw PushFailure("could not \(frame.label)")
      }
    }
    return texts
  }
}
