package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
)

const (
	platformFinalizer = "ticketbottle.io/platform"
	// Namespace and name of the platform whose children are the template.
	templateNamespace = "template-namespace"
	templateName      = "template-platform"
	wroteAnnotation   = "ticketbottle.io/written"
)

// runPlatforms reconciles the Kubernetes half of TicketBottlePlatforms. It is given what ours computes: CHILDREN names a file
// with the children of one platform, and those of every other differ from them in namespace and name only.
func runPlatforms(ctx context.Context, config *rest.Config) error {
	workers, err := strconv.Atoi(os.Getenv("WORKERS"))
	if err != nil {
		return fmt.Errorf("WORKERS: %w", err)
	}
	children, err := os.ReadFile(os.Getenv("CHILDREN"))
	if err != nil {
		return fmt.Errorf("CHILDREN: %w", err)
	}
	noCopy := true
	manager, err := newManager(config, "default", cache.Options{
		DefaultTransform:             cache.TransformStripManagedFields(),
		DefaultLabelSelector:         labels.SelectorFromSet(labels.Set{"app.kubernetes.io/managed-by": "ticketbottle-operator"}),
		DefaultUnsafeDisableDeepCopy: &noCopy,
		ByObject:                     map[client.Object]cache.ByObject{&Platform{}: {Label: labels.Everything()}},
	}, client.Options{Cache: &client.CacheOptions{Unstructured: true}})
	if err != nil {
		return err
	}
	reconciler := &platformReconciler{Client: manager.GetClient(), template: string(children)}
	err = ctrl.NewControllerManagedBy(manager).
		Named("platform").
		For(&Platform{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Owns(&appsv1.Deployment{}).
		Owns(&batchv1.Job{}).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers}).
		Complete(reconciler)
	if err != nil {
		return err
	}
	return manager.Start(ctx)
}

type platformReconciler struct {
	client.Client
	template string
}

// Reconcile applies what is missing or differs, Deployments once the migrations have ended, and tells when all is available.
func (r *platformReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var platform Platform
	if err := r.Get(ctx, request.NamespacedName, &platform); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !platform.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil // The cluster of a round ends with it.
	}
	if !controllerutil.ContainsFinalizer(&platform, platformFinalizer) {
		changed := platform.DeepCopyObject().(*Platform)
		controllerutil.AddFinalizer(changed, platformFinalizer)
		if err := r.Patch(ctx, changed, client.MergeFromWithOptions(&platform, client.MergeFromWithOptimisticLock{})); err != nil {
			return ctrl.Result{}, err
		}
	}
	wanted, err := r.childrenOf(&platform)
	if err != nil {
		return ctrl.Result{}, err
	}
	migrated := true
	for _, child := range wanted {
		if child.GetKind() == "Deployment" {
			continue
		}
		if err := r.applyIfDifferent(ctx, child); err != nil {
			return ctrl.Result{}, err
		}
		if child.GetKind() == "Job" {
			ended, err := r.ended(ctx, child)
			if err != nil {
				return ctrl.Result{}, err
			}
			migrated = migrated && ended
		}
	}
	available := migrated
	for _, child := range wanted {
		if child.GetKind() != "Deployment" || !migrated {
			continue
		}
		if err := r.applyIfDifferent(ctx, child); err != nil {
			return ctrl.Result{}, err
		}
		ready, err := r.available(ctx, child)
		if err != nil {
			return ctrl.Result{}, err
		}
		available = available && ready
	}
	return ctrl.Result{}, r.tell(ctx, &platform, available)
}

func (r *platformReconciler) childrenOf(platform *Platform) ([]*unstructured.Unstructured, error) {
	text := strings.NewReplacer(templateNamespace, platform.Namespace, templateName, platform.Name).Replace(r.template)
	var objects []map[string]any
	if err := json.Unmarshal([]byte(text), &objects); err != nil {
		return nil, err
	}
	children := make([]*unstructured.Unstructured, 0, len(objects))
	for _, object := range objects {
		child := &unstructured.Unstructured{Object: object}
		body, err := json.Marshal(object)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(body)
		annotations := child.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[wroteAnnotation] = hex.EncodeToString(sum[:8])
		child.SetAnnotations(annotations)
		yes := true
		child.SetOwnerReferences([]metav1.OwnerReference{{
			APIVersion: groupVersion.String(), Kind: "TicketBottlePlatform", Name: platform.Name, UID: platform.UID,
			Controller: &yes, BlockOwnerDeletion: &yes,
		}})
		children = append(children, child)
	}
	return children, nil
}

func (r *platformReconciler) applyIfDifferent(ctx context.Context, child *unstructured.Unstructured) error {
	found := &unstructured.Unstructured{}
	found.SetGroupVersionKind(child.GroupVersionKind())
	err := r.Get(ctx, client.ObjectKeyFromObject(child), found)
	if err == nil && found.GetAnnotations()[wroteAnnotation] == child.GetAnnotations()[wroteAnnotation] {
		return nil
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	//nolint:staticcheck // the typed alternative needs generated apply configurations
	return r.Patch(ctx, child.DeepCopy(), client.Apply, client.ForceOwnership, client.FieldOwner("ticketbottle-peer"))
}

func (r *platformReconciler) ended(ctx context.Context, child *unstructured.Unstructured) (bool, error) {
	var job batchv1.Job
	if err := r.Get(ctx, client.ObjectKeyFromObject(child), &job); err != nil {
		return false, client.IgnoreNotFound(err) // Just written: its event brings us back.
	}
	for _, condition := range job.Status.Conditions {
		if condition.Type == batchv1.JobComplete && condition.Status == corev1.ConditionTrue {
			return true, nil
		}
	}
	return false, nil
}

func (r *platformReconciler) available(ctx context.Context, child *unstructured.Unstructured) (bool, error) {
	var deployment appsv1.Deployment
	if err := r.Get(ctx, client.ObjectKeyFromObject(child), &deployment); err != nil {
		return false, client.IgnoreNotFound(err)
	}
	wanted := int32(1)
	if deployment.Spec.Replicas != nil {
		wanted = *deployment.Spec.Replicas
	}
	status := deployment.Status
	return status.ObservedGeneration >= deployment.Generation && status.AvailableReplicas >= wanted && status.UpdatedReplicas >= wanted, nil
}

// tell writes the condition Ready when it says something else than before.
func (r *platformReconciler) tell(ctx context.Context, platform *Platform, ready bool) error {
	status, reason := "False", "Progressing"
	if ready {
		status, reason = "True", "Ready"
	}
	if before := platform.Status; before != nil && before.ObservedGeneration == platform.Generation &&
		len(before.Conditions) == 1 && before.Conditions[0].Status == status {
		return nil
	}
	object := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": platform.Name, "namespace": platform.Namespace},
		"status": map[string]any{
			"observedGeneration": platform.Generation,
			"conditions": []any{map[string]any{
				"type": "Ready", "status": status, "reason": reason, "message": reason,
				"observedGeneration": platform.Generation, "lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
			}},
		},
	}}
	object.SetGroupVersionKind(groupVersion.WithKind("TicketBottlePlatform"))
	//nolint:staticcheck // as above
	return r.Status().Patch(ctx, object, client.Apply, client.ForceOwnership, client.FieldOwner("ticketbottle-peer-status"))
}
