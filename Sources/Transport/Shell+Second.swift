import ModuleKit
import Schema

/// The second shell: it ends processes of the first, and takes inputs that are too large for a
/// message.
extension Shell {
  private func auxiliary() async throws(TransportError) -> Shell {
    guard !isAuxiliary else {
      throw TransportError(
        .timedOut, phase: .exchange, host: host, "the second shell does not answer")
    }
    return try await Shell.start(
      on: connection, host: host, privilege: privilege, limits: limits, isAuxiliary: true)
  }

  func kill(_ frame: Int32) async -> KillReport {
    do throws(TransportError) {
      let second = try await auxiliary()
      let script = ProcessTree.kill(frame: frame, of: identity, grace: limits.grace)
      let report = await second.verdict(of: script)
      await second.close()
      return report
    } catch {
      return .failed(error)
    }
  }

  /// Kills the shell itself, as far as that can be done.
  func killShell() async {
    guard let second = try? await auxiliary() else { return }
    _ = await second.verdict(of: ProcessTree.kill(identity))
    await second.close()
  }

  /// Runs a script of `ProcessTree` and reads what it says.
  private func verdict(of script: Script) async -> KillReport {
    let limit = limits.predecessor + limits.grace + limits.surrender + .seconds(30)
    do throws(TransportError) {
      let frame = Frame("end processes", script, isStep: false, deadline: limit)
      let replies = try await exchange(Message([frame]))
      guard case .finished(_, let output, _, _) = replies.first else { return .stuck }
      let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
      return lines.first == "gone"
        ? .gone(left: lines.dropFirst().compactMap { Int32($0) }) : .stuck
    } catch {
      return .failed(error)
    }
  }

  func replace(_ previous: ShellIdentity) async throws(TransportError) {
    let script = ProcessTree.replace(
      previous, patience: limits.predecessor, grace: limits.grace)
    let report = await verdict(of: script)
    exchanges = 0
    switch report {
    case .gone: return
    case .failed(let error): throw error
    case .stuck:
      throw TransportError(
        .timedOut, phase: .shell, host: host,
        "the shell of the connection before, process \(previous.pid), cannot be killed",
        help: "what it runs may still change the host; look at it, or reboot the host")
    }
  }

  /// Sends the inputs that are too large for the message, and returns where the host has them, by
  /// frame.
  func stage(_ message: Message) async throws(TransportError) -> [Int: String] {
    let large = message.frames.enumerated().filter { _, frame in
      (frame.input?.count ?? 0) > limits.inlinePayloadBytes
    }
    guard !large.isEmpty else { return [:] }
    let second = try await auxiliary()
    do throws(TransportError) {
      var paths: [Int: String] = [:]
      for (index, frame) in large {
        guard let input = frame.input else { continue }
        paths[index] = try await second.store(
          input, named: "input-\(exchanges)-\(index)", of: frame.label, for: identity)
      }
      await second.close()
      return paths
    } catch {
      await second.pump.channel.close()
      throw error
    }
  }

  /// Asks for room in the folder of another shell, then sends the bytes as they are.
  private func store(
    _ input: Blob, named name: String, of label: String, for owner: ShellIdentity
  ) async throws(TransportError) -> String {
    let script: Script = """
      spile_tag=\(owner.tag)
      if spile_folder \(input.count) /run/spile /tmp /var/tmp; then
        printf %s "$spile_dir"
      else
        printf %s "$spile_rooms" >&2
        exit 1
      fi
      """
    let frame = Frame(
      "find room for \(label)", script, isStep: false, deadline: limits.response)
    guard
      case .finished(let status, let output, let errors, _) = try await exchange(
        Message([frame])
      ).first
    else {
      throw TransportError(
        .timedOut, phase: .exchange, host: host,
        "the host did not say whether it has room for the input of \"\(label)\"")
    }
    guard status == 0 else {
      let size = input.count / 1024
      throw TransportError(
        .other, phase: .exchange, host: host,
        "there is no room for the input of \"\(label)\": it has \(size) KiB",
        serverSaid: String(decoding: errors, as: UTF8.self),
        help: "make room in /run, /tmp or /var/tmp; nothing of this message was run")
    }
    let path = String(decoding: output, as: UTF8.self) + "/" + name
    try await transfer(input, to: path, of: label)
    return path
  }

  /// Sends bytes piece by piece, so that a link that stands still is noticed and a cancelled task
  /// stops.
  func transfer(
    _ input: Blob, to path: String, of label: String
  ) async throws(TransportError) {
    var parser = StreamParser(nonce: nonce, cap: 0)
    var offset = 0
    pump.post(Array("U \(input.count) \(path)\n".utf8), isConfirmed: true)
    while true {
      guard !Task.isCancelled else { throw cancelled }
      guard let note = await pump.inbox.next(until: .now + limits.response) else {
        throw TransportError(
          .timedOut, phase: .exchange, host: host,
          "the input of \"\(label)\" was not taken within \(limits.response)",
          help: "see whether the link or a disk of the host stands still")
      }
      switch note {
      case .sent where offset < input.count:
        let range = offset..<min(offset + limits.pieceBytes, input.count)
        let piece = try input.piece(range, for: label, host: host)
        offset += piece.count
        pump.post(piece, isConfirmed: true)
      case .input(.output(let output)):
        for mark in parser.take(output) {
          if mark == .stored { return }
          if case .gaveUp(let reason) = mark { throw notStored(label, reason) }
        }
      case .lost(let error): throw error
      case .input(.end): throw notStored(label, "the link was lost")
      case .input(.errors), .sent, .killed, .cancelled: continue
      }
    }
  }

  private func notStored(_ label: String, _ reason: String) -> TransportError {
    TransportError(
      .other, phase: .exchange, host: host,
      "the input of \"\(label)\" did not reach the host: \(reason)",
      help: "nothing of this message was run; see whether a disk of the host is full")
  }
}

extension Blob {
  /// A range of an input, read on the controller where it is not held in memory.
  func piece(
    _ range: Range<Int>, for label: String, host: String
  ) throws(TransportError) -> [UInt8] {
    do throws(BlobFailure) {
      return try piece(range)
    } catch {
      throw TransportError(
        .other, phase: .exchange, host: host,
        "the input of \"\(label)\" cannot be sent: \(error.reason)",
        help: "nothing of this message was run")
    }
  }
}
