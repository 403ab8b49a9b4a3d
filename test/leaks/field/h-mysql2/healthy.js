// A pool of connections to a MySQL server of our own: queries with values, rows, errors, connections that are renewed.
const { measure } = require('./harness');
const mysql = require('mysql2');
const server = mysql.createServer();
server.on('connection', (connection) => {
  connection.serverHandshake({ protocolVersion: 10, serverVersion: '8.0.0', connectionId: 1, statusFlags: 2, characterSet: 8, capabilityFlags: 0xffffff ^ 0x0800 });
  connection.on('error', () => {});
  connection.on('query', (sql) => {
    if (sql.includes('fail')) return connection.writeError({ message: 'no such table', code: 1146 });
    connection.writeTextResult([{ id: 1, name: sql.slice(-12) }, { id: 2, name: 'b' }], ['id', 'name'].map((name) => ({
      catalog: 'def', schema: 'shop', table: 't', orgTable: 't', name, orgName: name, characterSet: 33, columnLength: 100, columnType: 253, type: 253, flags: 0, decimals: 0 })));
  });
});
server.listen(0, '127.0.0.1');
server._server.on('listening', () => {
  const { port } = server._server.address();
  const pool = mysql.createPool({ host: '127.0.0.1', port, user: 'u', connectionLimit: 3 }).promise();
  measure(async (i) => {
    await Promise.all([pool.query('SELECT id, name FROM t WHERE id = ?', [i]), pool.query('SELECT fail').catch(() => {})]);
    if (i % 20 === 0) { const connection = await pool.getConnection(); await connection.query('SELECT 1'); connection.destroy(); }
  }, { warmup: 60, n: 100, settle: 600 });
});
