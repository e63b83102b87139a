// Command peer is what the operator and its watches are measured against, written with controller-runtime and client-go in
// the way that their documentation shows:
//
//	peer operator   reconciles EventSales that wait for their time: same finalizer, status, event, lease and metrics port
//	peer platforms  reconciles the Kubernetes half of platforms: the same children, Ready when they are available
//	peer watch      tells every change of the ConfigMaps of a namespace on standard output
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

func main() {
	ctrl.SetLogger(zap.New(zap.UseDevMode(false)))
	config := ctrl.GetConfigOrDie()
	config.QPS = -1 // No limit of its own: the API server's priority and fairness decides.
	ctx := ctrl.SetupSignalHandler()
	var err error
	switch mode := strings.Join(os.Args[1:], " "); mode {
	case "operator":
		err = runOperator(ctx, config)
	case "platforms":
		err = runPlatforms(ctx, config)
	case "watch":
		err = runWatch(ctx, config)
	default:
		err = fmt.Errorf("usage: peer operator|platforms|watch, not %q", mode)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runOperator(ctx context.Context, config *rest.Config) error {
	namespace := os.Getenv("WATCH_NAMESPACES")
	workers, err := strconv.Atoi(os.Getenv("WORKERS"))
	if err != nil {
		return fmt.Errorf("WORKERS: %w", err)
	}
	noCopy := true
	manager, err := newManager(config, namespace, cache.Options{
		DefaultNamespaces: map[string]cache.Config{namespace: {}},
		DefaultTransform:  cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{
			&EventSale{}:         {UnsafeDisableDeepCopy: &noCopy},
			&Platform{}:          {UnsafeDisableDeepCopy: &noCopy},
			&appsv1.Deployment{}: {UnsafeDisableDeepCopy: &noCopy},
		},
	}, client.Options{})
	if err != nil {
		return err
	}
	reconciler := &saleReconciler{
		Client:   manager.GetClient(),
		uncached: manager.GetAPIReader(),
		recorder: manager.GetEventRecorder("ticketbottle.io/operator"),
	}
	ofPlatform := func(ctx context.Context, platform client.Object) []reconcile.Request {
		var sales EventSaleList
		if err := reconciler.List(ctx, &sales, client.InNamespace(platform.GetNamespace()), client.UnsafeDisableDeepCopy); err != nil {
			return nil
		}
		var requests []reconcile.Request
		for i := range sales.Items {
			if sales.Items[i].Spec.PlatformRef.Name == platform.GetName() {
				requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&sales.Items[i])})
			}
		}
		return requests
	}
	err = ctrl.NewControllerManagedBy(manager).
		Named("eventsale").
		// Own writes of status and finalizer need no second look.
		For(&EventSale{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&Platform{}, handler.EnqueueRequestsFromMapFunc(ofPlatform), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers}).
		Complete(reconciler)
	if err != nil {
		return err
	}
	return manager.Start(ctx)
}

// newManager makes a manager that knows our kinds, serves metrics and readiness, and leads by a lease in the namespace.
func newManager(config *rest.Config, leaseNamespace string, caches cache.Options, clients client.Options) (ctrl.Manager, error) {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	addToScheme(scheme)
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                        scheme,
		Cache:                         caches,
		Client:                        clients,
		Metrics:                       server.Options{BindAddress: "127.0.0.1:" + os.Getenv("METRICS_PORT")},
		HealthProbeBindAddress:        "127.0.0.1:" + os.Getenv("OPS_PORT"),
		LeaderElection:                true,
		LeaderElectionID:              "peer-operator",
		LeaderElectionNamespace:       leaseNamespace,
		LeaderElectionReleaseOnCancel: true,
	})
	if err != nil {
		return nil, err
	}
	return manager, manager.AddReadyzCheck("ready", healthz.Ping)
}
