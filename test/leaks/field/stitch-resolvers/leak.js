// https://github.com/graphql-hive/gateway/issues/2592: stitching again wraps the resolvers of the caller once more
const { measure } = require('./harness');
const { stitchSchemas } = require('@graphql-tools/stitch');
const { makeExecutableSchema } = require('@graphql-tools/schema');
const typeDefs = 'type User { id: ID! name: String } type Query { user(id: ID!): User }';
const subschema = (name) => ({
  schema: makeExecutableSchema({ typeDefs, resolvers: { Query: { user: (_, { id }) => ({ id, name }) } } }),
  merge: { User: { selectionSet: '{ id }', fieldName: 'user', args: ({ id }) => ({ id }) } },
});
// The resolvers of the application are made once, the schemas are loaded again whenever the registry changes.
const resolvers = { Query: { me: { resolve: () => ({ id: '1' }) } } };
globalThis.additionalResolvers = resolvers;
async function reload(i) {
  const gateway = stitchSchemas({ subschemas: [subschema('a' + i), subschema('b' + i)], typeDefs: 'extend type Query { me: User }', resolvers });
  await null;
  return gateway.getQueryType().name;
}
measure(reload, { warmup: 10, n: 20 });
