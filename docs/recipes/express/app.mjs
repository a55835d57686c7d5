// An application that uses seclog.mjs:  npm install express pino && node app.mjs
import express from 'express'
import { accessDenied, loginFailed, loginSucceeded, newLogger, requests } from './seclog.mjs'

const logger = newLogger('shop') // to standard output
const app = express()
app.set('trust proxy', ['loopback', '10.0.0.0/8'])
app.use(requests(logger))
app.use(express.urlencoded({ extended: false, limit: '4kb' }))

app.post('/login', (req, res) => {
  const user = String(req.body?.user ?? '')
  if (user !== 'ann' || req.body.password !== 'correct horse battery staple') { // a real one compares hashes
    loginFailed(logger, { name: user }, user === 'ann' ? 'wrong_password' : 'unknown_user')
    return res.status(401).send('wrong user or password')
  }
  req.user = { id: 1001 }
  loginSucceeded(logger, { id: '1001', name: user })
  res.send('welcome')
})

app.get('/orders/:id', (req, res) => {
  accessDenied(logger, { id: '1001' }, 'read', 'order/' + req.params.id, 'not_owner')
  res.status(403).send('not yours')
})

const server = app.listen(Number(process.env.PORT ?? 8090), '127.0.0.1', () => process.stderr.write(`http://127.0.0.1:${server.address().port}/\n`))
