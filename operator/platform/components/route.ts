import { HTTP_ROUTE, INGRESS } from '../../kube/resource.ts';
import { serviceObject } from '../names.ts';
import { applyChild, type Pass, removeChild } from '../pass.ts';
import { acceptanceOf, httpRoute, type RouteObject } from './http-route.ts';
import { ingress } from './ingress.ts';

const ASK_AGAIN_MS = 60_000;

/** RouteReady: the way from the world to the gateway, an Ingress or an HTTPRoute, or neither. */
export async function lookAfterRoute(pass: Pass): Promise<void> {
  const { platform, children, ctx, report } = pass;
  const name = serviceObject(platform, 'gateway');
  const { gatewayRef, host } = platform.spec.ingress;
  const hasRoutes = await children.watches(HTTP_ROUTE, ctx.clock.now(), ctx.signal);
  const wantedIngress = ingress(platform);
  const wantedRoute = httpRoute(platform);

  if (wantedIngress === undefined) await removeChild(pass, INGRESS, name, 'spec.ingress asks for none');
  else await applyChild(pass, INGRESS, wantedIngress, 'RouteReady');
  if (wantedRoute === undefined) {
    if (hasRoutes) await removeChild(pass, HTTP_ROUTE, name, 'spec.ingress.gatewayRef is not set');
    if (host === undefined) report.say('RouteReady', 'True', 'NotUsed', 'spec.ingress names neither host nor Gateway');
    else report.say('RouteReady', 'True', 'AsSpecified', `Ingress ${name} leads ${host} to the gateway`);
    return;
  }
  if (!hasRoutes) {
    report.comeBackIn(ASK_AGAIN_MS);
    const message =
      "This cluster has no HTTPRoute that the operator may use: install the Gateway API CRDs and allow httproutes in the operator's role, or use spec.ingress.host with className";
    report.say('RouteReady', 'False', 'WaitingForDependency', message);
    return;
  }
  const route = await applyChild<RouteObject>(pass, HTTP_ROUTE, wantedRoute, 'RouteReady');
  const { verdict, why } = route === undefined ? { verdict: 'silent', why: '' } : acceptanceOf(route);
  const gateway = `Gateway ${gatewayRef?.namespace ?? platform.metadata.namespace}/${gatewayRef?.name}`;
  if (verdict === 'accepted')
    report.say('RouteReady', 'True', 'AsSpecified', `${gateway} leads to the gateway service`);
  else if (verdict === 'refused')
    report.say(
      'RouteReady',
      'False',
      'Refused',
      `${gateway} refuses HTTPRoute ${name}: ${why}. Mend spec.ingress, or the Gateway's listeners`,
    );
  else
    report.say(
      'RouteReady',
      'False',
      'Progressing',
      `${gateway} has not answered to HTTPRoute ${name}: does it exist, and does its controller run? kubectl get gateway -A`,
    );
}
