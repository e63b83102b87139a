/** Signs up one account and makes it an organiser. usage: organiser.ts OPTIONS.json */
import { readFileSync } from 'node:fs';
import { Gateway } from '../buyers/gateway.ts';
import { grantRole } from './stores.ts';

const options = JSON.parse(readFileSync(process.argv[2] ?? '/dev/stdin', 'utf8')) as {
  gatewayUrl: string;
  email: string;
  password: string;
  postgres: { host: string; port: number; username: string; password: string };
};
const gateway = new Gateway(options.gatewayUrl, 1);
await gateway.signUp(options.email, options.password, 'Organiser');
await grantRole(options.postgres, options.email, 'admin');
await gateway.close();
