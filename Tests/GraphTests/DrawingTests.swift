import Testing

@testable import Graph

@Suite struct DrawingTests {
  private let drawn = graph(3, "0>1 1~2")

  private func label(_ node: Int) -> NodeLabel {
    [NodeLabel("say \"hi\""), NodeLabel("b", group: "play"), NodeLabel("c<1>", group: "play")][node]
  }

  @Test func `dot quotes labels, groups nodes and dashes order-only edges`() {
    #expect(
      drawn.dot(name: "g", label: label) == """
        digraph "g" {
          rankdir=LR;
          node [shape=box];
          n0 [label="say \\"hi\\""];
          subgraph cluster_0 {
            label="play";
            n1 [label="b"];
            n2 [label="c<1>"];
          }
          n0 -> n1;
          n1 -> n2 [style=dashed];
        }

        """)
  }

  @Test func `mermaid escapes what it would read as markup`() {
    #expect(
      drawn.mermaid(label: label) == """
        flowchart LR
          n0["say #quot;hi#quot;"]
          subgraph g0 ["play"]
            n1["b"]
            n2["c#lt;1#gt;"]
          end
          n0 --> n1
          n1 -.-> n2

        """)
  }

  @Test func `text lists each node with what it waits for`() {
    #expect(
      drawn.text(label: label) == """
        say "hi"
        play: b
          needs say "hi"
        play: c<1>
          after play: b

        """)
  }
}
