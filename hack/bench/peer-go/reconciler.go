package main

import (
	"context"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

const (
	finalizer     = "ticketbottle.io/eventsale"
	statusManager = "ticketbottle-eventsale-status"
)

type saleReconciler struct {
	client.Client
	uncached client.Reader
	recorder events.EventRecorder

	ids   sync.Map // uid -> event id
	zones struct {
		sync.Mutex
		count int
		at    time.Time
	}
}

// Reconcile brings the status of one sale up to date: finalizer, plan, one apply, one event for a new phase; nothing at all
// when nothing changed.
func (r *saleReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var sale EventSale
	if err := r.Get(ctx, request.NamespacedName, &sale); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !sale.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, r.release(ctx, &sale)
	}
	sale = *sale.DeepCopyObject().(*EventSale) // The cache hands out its own objects.
	if !controllerutil.ContainsFinalizer(&sale, finalizer) {
		if err := r.patchFinalizer(ctx, &sale, controllerutil.AddFinalizer); err != nil {
			return ctrl.Result{}, err
		}
	}

	t, err := timesOf(&sale.Spec.Schedule)
	if err != nil {
		return ctrl.Result{}, err
	}
	platform, err := r.platformOf(ctx, &sale)
	if err != nil {
		return ctrl.Result{}, err
	}
	eventID, rivals, err := r.neighbours(ctx, &sale, t)
	if err != nil || rivals > 0 {
		return ctrl.Result{RequeueAfter: 30 * time.Second}, err
	}
	zones, err := r.zoneCount(ctx)
	if err != nil {
		return ctrl.Result{}, err
	}
	have := map[string]int64{}
	for _, service := range services {
		var deployment appsv1.Deployment
		name := types.NamespacedName{Namespace: sale.Namespace, Name: sale.Spec.PlatformRef.Name + "-" + service}
		if err := r.Get(ctx, name, &deployment); err == nil {
			have[service] = int64(deployment.Status.ReadyReplicas)
		} else if !apierrors.IsNotFound(err) {
			return ctrl.Result{}, err
		}
	}

	now := time.Now()
	status := statusOf(&sale, platform, eventID, t, zones, have, now)
	again := ctrl.Result{RequeueAfter: min(time.Hour, t.prescaleAt.Sub(now))}
	if sameStatus(sale.Status, status) {
		return again, nil
	}
	entered := sale.Status == nil || sale.Status.Phase != status.Phase
	//nolint:staticcheck // the typed alternative needs generated apply configurations
	err = r.Status().Patch(ctx, onlyStatus(&sale, status), client.Apply, client.ForceOwnership, client.FieldOwner(statusManager))
	if err != nil {
		return ctrl.Result{}, err
	}
	if entered {
		message := status.Conditions[len(status.Conditions)-1].Message
		r.recorder.Eventf(&sale, nil, corev1.EventTypeNormal, status.Phase, "Reconcile", "%s", message)
	}
	return again, nil
}

func (r *saleReconciler) release(ctx context.Context, sale *EventSale) error {
	if !controllerutil.ContainsFinalizer(sale, finalizer) {
		return nil
	}
	r.ids.Delete(sale.UID)
	return r.patchFinalizer(ctx, sale.DeepCopyObject().(*EventSale), controllerutil.RemoveFinalizer)
}

func (r *saleReconciler) patchFinalizer(ctx context.Context, sale *EventSale, change func(client.Object, string) bool) error {
	before := sale.DeepCopyObject().(*EventSale)
	change(sale, finalizer)
	return r.Patch(ctx, sale, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
}

func (r *saleReconciler) platformOf(ctx context.Context, sale *EventSale) (*Platform, error) {
	var platform Platform
	err := r.Get(ctx, types.NamespacedName{Namespace: sale.Namespace, Name: sale.Spec.PlatformRef.Name}, &platform)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return &platform, err
}

// neighbours looks at every other sale of the platform, as a plan that adds up loads must, and counts the older ones that
// sell the same event at the same time.
func (r *saleReconciler) neighbours(ctx context.Context, sale *EventSale, t times) (string, int, error) {
	eventID := r.eventID(sale)
	var all EventSaleList
	if err := r.List(ctx, &all, client.InNamespace(sale.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return eventID, 0, err
	}
	rivals := 0
	for i := range all.Items {
		other := &all.Items[i]
		if other.UID == sale.UID || other.Spec.PlatformRef.Name != sale.Spec.PlatformRef.Name || r.eventID(other) != eventID {
			continue
		}
		theirs, err := timesOf(&other.Spec.Schedule)
		if err != nil || !t.preQueueAt.Before(theirs.closesAt) || !theirs.preQueueAt.Before(t.closesAt) {
			continue
		}
		if other.CreationTimestamp.Before(&sale.CreationTimestamp) {
			rivals++
		}
	}
	return eventID, rivals, nil
}

func (r *saleReconciler) eventID(sale *EventSale) string {
	if known, ok := r.ids.Load(sale.UID); ok {
		return known.(string)
	}
	id := eventIDOf(sale)
	r.ids.Store(sale.UID, id)
	return id
}

func (r *saleReconciler) zoneCount(ctx context.Context) (int, error) {
	r.zones.Lock()
	defer r.zones.Unlock()
	if r.zones.count > 0 && time.Since(r.zones.at) < 10*time.Minute {
		return r.zones.count, nil
	}
	var nodes corev1.NodeList
	if err := r.uncached.List(ctx, &nodes); err != nil {
		return 0, err
	}
	zones := map[string]bool{}
	for _, node := range nodes.Items {
		zones[node.Labels[corev1.LabelTopologyZone]] = true
	}
	r.zones.count, r.zones.at = max(1, len(zones)), time.Now()
	return r.zones.count, nil
}
