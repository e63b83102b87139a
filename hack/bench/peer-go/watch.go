package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	clientcache "k8s.io/client-go/tools/cache"
)

// runWatch prints `NAME RESOURCE_VERSION UNIX_MS` for every object that its informer tells of, `synced` after the first list.
func runWatch(ctx context.Context, config *rest.Config) error {
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(clients, 0, informers.WithNamespace(os.Getenv("WATCH_NAMESPACES")))
	informer := factory.Core().V1().ConfigMaps().Informer()
	out := bufio.NewWriter(os.Stdout)
	var lock sync.Mutex
	say := func(line string) {
		lock.Lock()
		defer lock.Unlock()
		fmt.Fprintln(out, line)
		out.Flush()
	}
	tell := func(object any) {
		if seen, ok := object.(*corev1.ConfigMap); ok {
			say(fmt.Sprintf("%s %s %d", seen.Name, seen.ResourceVersion, time.Now().UnixMilli()))
		}
	}
	_, err = informer.AddEventHandler(clientcache.ResourceEventHandlerFuncs{
		AddFunc:    tell,
		UpdateFunc: func(_, now any) { tell(now) },
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !clientcache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return ctx.Err()
	}
	say("synced")
	<-ctx.Done()
	return nil
}
