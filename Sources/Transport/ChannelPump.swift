/// A channel whose input is collected in an inbox, so that a wait for it can end early.
struct ChannelPump: Sendable {
  let channel: any ByteChannel
  let inbox: Inbox

  /// Starts to read; ends with the channel.
  init(_ channel: any ByteChannel) {
    let inbox = Inbox()
    self.channel = channel
    self.inbox = inbox
    Task {
      while true {
        do throws(TransportError) {
          let input = try await channel.receive()
          inbox.post(.input(input))
          if case .end = input { return }
        } catch {
          inbox.post(.lost(error))
          return
        }
        await inbox.waitForRoom()
      }
    }
  }

  /// Sends in the background: input is taken meanwhile.
  ///
  /// A failure, and success if asked for, arrives in the inbox.
  func post(_ bytes: [UInt8], isConfirmed: Bool = false) {
    Task {
      do throws(TransportError) {
        try await channel.send(bytes)
        if isConfirmed { inbox.post(.sent) }
      } catch {
        try? await Task.sleep(for: ChannelPump.lastWords)
        inbox.post(.lost(error))
      }
    }
  }

  /// A shell that has ended takes no input any more, but what it said may still be on its way.
  private static let lastWords = Duration.seconds(1)
}
