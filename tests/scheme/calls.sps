#!r6rs
;; The calls of (chorus), and what the refused ones say. Prints "good".
(import (vicare) (chorus))

(define-syntax expect
  (syntax-rules ()
    ((_ expected expression)
     (let ((value expression))
       (unless (equal? value expected)
         (error 'expect "not what is expected" 'expression value))))))
;; The call and the status of a refused call.
(define-syntax refusal
  (syntax-rules ()
    ((_ expression)
     (guard (e ((chorus-condition? e) (list (chorus-condition-call e) (status->symbol (chorus-condition-status e)))))
       expression
       'not-refused))))

(define self (actor-self))
(define region (rgn-allocate (* 2 (vm-page-size))))
(define address (region-address region))

;; Capabilities.
(expect #t (capability? self))
(expect #t (capability=? self (strings->capability (capability->strings self))))
(expect '("0xff" "0x0" "0x7" "0x9") (capability->strings (strings->capability '("0xff" "0" "7" "0x9"))))
(expect #t (guard (e ((assertion-violation? e) #t)) (strings->capability '("1" "2" "3"))))
(expect #t (guard (e ((assertion-violation? e) #t)) (strings->capability '("1" "2" "3" "0xfffffffff"))))
(expect #t (guard (e ((assertion-violation? e) #t)) (strings->capability '("1" "2" "3" "x"))))

;; Actors.
(expect #t (< 0 (aget-id)))
(actor-name-set! my-actor "caller")
(expect "caller" (actor-name self))
(expect '("acap" EPERM) (refusal (acap (aget-id))))
(expect '("actorName" K_EUNKNOWN) (refusal (actor-name (make-capability 1 2 3 4))))
(expect '("rgnStat" K_EPRIV) (refusal (rgn-stat supervisor-space address 4096)))

;; Regions.
(expect (list (list address (* 2 (vm-page-size)) K_WRITABLE)) (rgn-stat))
(region-write! region 3 (u8-list->bytevector '(1 2 3)))
(expect (u8-list->bytevector '(0 1 2 3 0)) (region-read region 2 5))
(expect 2 (pointer-ref-c-uint8 (region-pointer region) 4))
(expect #t (guard (e ((assertion-violation? e) #t)) (region-read region (region-size region) 1)))
(expect #t (guard (e ((assertion-violation? e) #t)) (region-write! region -1 (make-bytevector 1))))
;; Chez Scheme has no bytevectors over memory, and says so.
(guard (e ((implementation-restriction-violation? e) (expect 'region-bytevector (condition-who e))))
  (let ((bytes (region-bytevector region)))
    (bytevector-u8-set! bytes 10 77)
    (expect (u8-list->bytevector '(77)) (region-read region 10 1))
    (expect (region-size region) (bytevector-length bytes))))

(define alias (rgn-map-from-actor self address 4096))
(region-write! alias 100 (u8-list->bytevector '(9)))
(expect (u8-list->bytevector '(9)) (region-read region 100 1))
(define copy (rgn-init-from-actor my-actor region 4096 0))
(expect (u8-list->bytevector '(9)) (region-read copy 100 1))
(region-write! region 100 (u8-list->bytevector '(8)))
(expect (u8-list->bytevector '(9)) (region-read copy 100 1))
(expect '("vmCopy" K_EADDR) (refusal (vm-copy self region self copy 4096)))
(rgn-set-protect copy K_WRITABLE)
(vm-copy self region self copy 4096)
(expect (u8-list->bytevector '(8)) (region-read copy 100 1))
(define fixed (rgn-allocate 4096 K_WRITABLE #x50000000))
(expect #x50000000 (region-address fixed))
(expect '("rgnAllocate" K_EOVERLAP) (refusal (rgn-allocate 4096 K_WRITABLE fixed)))
(expect '("rgnAllocate" K_ESIZE) (refusal (rgn-allocate 0)))
(expect '("rgnAllocate" K_EINVAL) (refusal (rgn-allocate 4096 #x80000000)))
(expect '("rgnFree" K_EROUND) (refusal (rgn-free 5 4096)))
(expect '("rgnMapFromActor" K_EADDR) (refusal (rgn-map-from-actor self 0 4096)))
(expect '("rgnMapFromActor" K_EINVAL)
  (refusal
    (rgn-map-from-actor
      (strings->capability (append (list (car (capability->strings self)) (cadr (capability->strings self))) '("1" "2")))
      address 4096)))
(rgn-free fixed)
(rgn-free (region-address copy) 4096)
(rgn-free alias)

;; Semaphores.
(sem-init region 1)
(expect #t (sem-p region))
(expect #f (sem-p region 0))
(expect #f (sem-p (region-pointer region) 0.001))
(sem-v region)
(expect #t (sem-p region 60))
(expect '("semP" K_EFAULT) (refusal (sem-p 0 0)))
(expect '("semP" K_EINVAL) (refusal (sem-p (+ address 1024))))
(expect '("semP" K_EINVAL) (refusal (sem-p region -1)))
(expect '("semV" K_EINVAL) (refusal (sem-v (+ address 1024))))
(expect '("semInit" K_EINVAL) (refusal (sem-init (+ address 1) 0)))

;; Programs.
(define (end-of . words) (call-with-values (lambda () (apply spawn words)) (lambda (aid capability) (await aid))))
(expect '(exit . 3) (end-of "sh" "-c" "exit 3"))
(expect '(kill . 9) (end-of "sh" "-c" "kill -9 $$"))
(expect '("afexecvp" ENOENT) (refusal (spawn "/no/such/program")))
(expect '("await" ESRCH) (refusal (await 1000000)))
(expect '(kill . 129)
  (call-with-values (lambda () (spawn "sleep" "1000"))
    (lambda (aid capability)
      (actor-stop capability)
      (actor-start capability)
      (actor-delete capability)
      (await aid))))

(rgn-free region)
(expect '() (rgn-stat))
(expect "rgnFree" (guard (e (#t (condition-who e))) (rgn-free 5 1)))
(expect #f (status->symbol 12345))
'good
