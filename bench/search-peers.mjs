// Vector search beside ours: sqlite-vec, int8 and float, over the vectors of a knowledge base.
// usage: node search-peers.mjs FOLDER INDEX.DB     FOLDER has node_modules with the two packages
import { createRequire } from 'module';

const [folder, path] = process.argv.slice(2);
const require = createRequire(folder + '/x.js');
const Database = require('better-sqlite3');
const source = new Database(path, { readonly: true });
const cpu = () => { const used = process.cpuUsage(); return (used.user + used.system) / 1e3; };

for (const [type, cast] of [['int8', "vec_quantize_int8(?, 'unit')"], ['float', '?']]) {
    const db = new Database(':memory:');
    require('sqlite-vec').load(db);
    db.exec(`CREATE VIRTUAL TABLE v USING vec0(e ${type}[256])`);
    const insert = db.prepare(`INSERT INTO v(rowid, e) VALUES(?, ${cast})`);
    const questions = [];
    db.exec('BEGIN');
    let count = 0;
    for (const row of source.prepare('SELECT data FROM vector').iterate()) {
        insert.run(BigInt(++count), row.data);
        if (count % 1000 === 0 && questions.length < 10)
            questions.push(Buffer.from(row.data));
    }
    db.exec('COMMIT');
    const nearest = db.prepare(`SELECT rowid FROM v WHERE e MATCH ${cast} AND k = 10`);
    nearest.all(questions[0]);
    const start = cpu();
    for (const question of questions)
        nearest.all(question);
    console.log(`  sqlite-vec ${type}, ${count} vectors: ${((cpu() - start) / questions.length).toFixed(1)} ms of CPU`);
    db.close();
}
