import Bundle
import Diagnostics
import Engine
import Model
import Report
import SSH
import Transport

/// Sends bundles to many hosts at once.
struct PushRun {
  let context: HostContext
  let options: RunOptions
  let ssh: SSHOptions
  let bundles: [TrustedBundle]
  let sendsAll: Bool
  let prunes: Bool

  /// Runs to the end, or to the first signal; records in the order of the inventory.
  func run(_ board: PushBoard) async throws -> [PushRecord] {
    let connector: Connectors
    do throws(TransportError) {
      connector = Connectors(ssh: try SSHConnector(options: ssh))
    } catch {
      try Complaints.fail(Diagnostic(.error, "ssh", error.message, help: error.help))
    }
    let work = _Concurrency.Task { await self.push(connector, board) }
    let records = await Interruption.guarding(
      stop: {
        StandardStream.errors.line(
          "stopping; what was sent stays, and the next push goes on from there")
        work.cancel()
      },
      cleanUp: { board.clear() }, { await work.value })
    board.clear()
    await connector.shutDown()
    return records
  }

  private func push(_ connector: Connectors, _ board: PushBoard) async -> [PushRecord] {
    let hosts = context.hosts
    return await withTaskGroup(of: (Int, PushRecord).self) { group in
      var records: [Int: PushRecord] = [:]
      for (index, host) in hosts.enumerated() {
        if index >= options.forks, let (place, record) = await group.next() {
          records[place] = record
          board.end(record)
        }
        group.addTask { (index, await self.push(host, connector, board)) }
      }
      for await (place, record) in group {
        records[place] = record
        board.end(record)
      }
      return records.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  private func push(_ host: Host, _ connector: Connectors, _ board: PushBoard) async -> PushRecord {
    let start = ContinuousClock.now
    var record = PushRecord(host: host.name)
    do throws(PushFailure) {
      let connection = try await connect(host, connector)
      do throws(TransportError) {
        let shell = try await Shell.open(
          on: connection, host: host.name, privilege: try privilege(of: host))
        let name = host.name
        record = await HostPush(
          host: name, bundles: bundles, sendsAll: sendsAll, prunes: prunes,
          progress: { board.note(name, sent: $0, of: $1) }
        ).run(shell)
        await shell.close()
      } catch {
        record.failure = PushFailure(error)
      }
      await connection.close()
    } catch {
      record.failure = error
    }
    record.elapsed = .now - start
    return record
  }

  private func connect(
    _ host: Host, _ connector: Connectors
  ) async throws(PushFailure) -> any Connection {
    do throws(TransportError) {
      return try await connector.connect(to: try endpoint(of: host))
    } catch {
      throw PushFailure(error)
    }
  }

  private func settings(_ host: Host) -> ConnectionSettings {
    ConnectionSettings(
      host: host.name, keywords: Keywords(),
      renderer: context.renderer(for: host, folders: context.inventory.folders), options: options)
  }

  private func endpoint(of host: Host) throws(TransportError) -> Endpoint {
    do throws(Diagnostic) {
      return try settings(host).endpoint()
    } catch {
      throw invalid(host, error)
    }
  }

  private func privilege(of host: Host) throws(TransportError) -> Privilege {
    do throws(Diagnostic) {
      return try settings(host).privilege().known ?? .none
    } catch {
      throw invalid(host, error)
    }
  }

  private func invalid(_ host: Host, _ error: Diagnostic) -> TransportError {
    TransportError(
      .invalidConfiguration, phase: .configuration, host: host.name, error.message,
      help: error.help)
  }
}
