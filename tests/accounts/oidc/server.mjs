// oidc-provider as a platform: strict about PKCE, rotating, and with a person who agrees to everything.
// It prints its port, goes by the name https://id.example (requests carry that host), and says at /told why it
// refused what it refused, which no client learns. It ends when its standard input does.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.argv[2]; // that holds node_modules
const require = createRequire(join(folder, 'package.json'));
const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

const provider = new Provider('https://id.example', {
  clients: [
    {
      client_id: 'postwire',
      client_secret: 'planted-client-secret',
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['http://127.0.0.1:5005/callback/'],
    },
  ],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
  cookies: { keys: ['only for tests'] },
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    revocation: { enabled: true },
  },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: 'Ada Byron', preferred_username: 'ada' }),
  }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  ttl: {
    AccessToken: 3600,
    AuthorizationCode: 60,
    Grant: 86400,
    IdToken: 3600,
    Interaction: 600,
    RefreshToken: 86400,
    Session: 86400,
  },
});
provider.proxy = true;

const told = [];
provider.on('grant.error', (_, error) => told.push(error.error_detail ?? error.error));

/** The person: logs in, and grants whatever is asked for. */
async function agree(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: 'user-1' } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

const oauth = provider.callback();
const server = createServer((request, response) => {
  request.headers['x-forwarded-proto'] = 'https';
  if (request.url === '/told') return response.end(JSON.stringify(told));
  if (!request.url.startsWith('/interaction/')) return oauth(request, response);
  return agree(request, response).catch((error) => response.writeHead(500).end(String(error)));
});
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
process.stdin.resume().on('end', () => process.exit());
