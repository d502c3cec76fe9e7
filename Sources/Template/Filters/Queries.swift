import Schema

/// Filters that ask questions of data in languages of their own.
let queryFilters: [Filter] = [
  Filter("json_query", "data, expr") { call in
    let query = try JMESPath(try call.text(1, "the query"))
    let data = try call.context.exported(call[0])
    return Item(data: try query.evaluate(data))
  }
]
